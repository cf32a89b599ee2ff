"""What is to be done with many contacts at once: which ones, what, and whether that can be. No page of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone

from contacts_ui.components.task_row import lock_of
from contacts_ui.contacts import query
from contacts_ui.contacts.filters import ContactFilters
from contacts_ui.shell.address import id_in
from integrations.activity import firms
from integrations.activity.models import Contact
from integrations.activity.overview import overview
from integrations.connections.models import Connection
from integrations.sync import commands
from integrations.workspace.models import Workspace

ACTS = {"add": "contact.add_tags", "remove": "contact.remove_tags", "firm": "contact.set_business"}
WORDS = {"contact.add_tags": "tagged", "contact.remove_tags": "untagged", "contact.set_business": "moved"}
MOST = commands.MOST_AT_ONCE


@dataclass(frozen=True, slots=True)
class Selection:
    """Contacts that can be changed, with `connections` they are of; `locked` are those that can only be read.

    `is_cut`: more fit than can be changed at once. `look` is of all that fit the filters, where those were chosen,
    and `said` how many they are.
    """

    ids: tuple[int, ...]
    connections: tuple[Connection, ...]
    locked: int = 0
    is_cut: bool = False
    look: str = ""
    said: str = ""

    def other_than(self, data: QueryDict) -> str:
        """How many the person chose by "all" where these are others than they saw or were asked about again; ""
        where they are the same."""
        known = data.get("agreed") or data.get("seen", "")
        if not self.look or self.look == known:
            return ""
        return known.partition(query.AFTER_COUNT)[0][:20] or "all that matched"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many of a selection need no change (`standing`) or cannot have one (`locked`), and whether it was cut.

    They have no write that tells of them, so the address of the progress does.
    """

    standing: int = 0
    locked: int = 0
    is_cut: bool = False

    @classmethod
    def from_query(cls, query: QueryDict) -> LeftOut:
        return cls(id_in(query, "standing") or 0, id_in(query, "locked") or 0, "cut" in query)

    @property
    def query(self) -> str:
        said = {"standing": self.standing, "locked": self.locked, "cut": int(self.is_cut)}
        return urlencode({name: number for name, number in said.items() if number})


def selected(workspaces: Sequence[Workspace], data: QueryDict) -> Selection:
    """The contacts that were ticked, or with `all` those that fit the filters, in the order of the list.

    Three queries at most, and what a search needs.
    """
    look = said = ""
    if data.get("all") == "1":
        filters = ContactFilters.from_query(data)
        found = _matching(workspaces, filters)
        look, said = found.look, found.said
        page = query.read_page(found, filters, None, MOST, now=timezone.now())
        ids, is_cut = [contact.pk for contact in page.contacts], bool(page.next_cursor)
    else:
        asked = {int(key) for key in data.getlist("contact") if key.isascii() and key.isdigit() and len(key) < 19}
        ids, is_cut = sorted(asked)[: MOST + 1], len(asked) > MOST
    there = Contact.objects.present().filter(workspace__in=workspaces, pk__in=ids[:MOST])
    rows = list(there.order_by("pk").values_list("pk", "connection"))
    known = Connection.objects.filter(pk__in={connection for _, connection in rows}).select_related("workspace")
    open_ones = {one.pk: one for one in known if not lock_of(one)}
    kept = tuple(pk for pk, connection in rows if connection in open_ones)
    return Selection(kept, tuple(open_ones.values()), len(rows) - len(kept), is_cut, look, said)


def _matching(workspaces: Sequence[Workspace], filters: ContactFilters) -> query.Found:
    total = overview([workspace.pk for workspace in workspaces], with_tags=False).contacts
    return query.find(workspaces, filters, total)


def changes_of(act: str, value: str, selection: Selection) -> tuple[str, Mapping[str, Any]]:
    """The operation and what it changes. Raises Invalid, which says what to type instead."""
    operation = ACTS.get(act)
    if operation is None:
        raise commands.Invalid("Choose what to do with them.")
    if not selection.ids:
        why = "They can only be read. An admin can allow writing." if selection.locked else "Choose at least one."
        raise commands.Invalid(f"Nothing was changed. {why}")
    if operation == "contact.set_business":
        return operation, {"business_remote_id": _firm(value, selection)}
    names = [name for name in value.split(",") if name.strip()]
    return operation, commands.asked(
        operation, {"tags": names}, selection.connections[0], now=timezone.now()
    ).changes


def _firm(name: str, selection: Selection) -> str:
    if not name.strip():
        return ""
    if len(selection.connections) != 1:
        raise commands.Invalid("A business belongs to one account. Choose contacts of one account only.")
    found = firms.named(selection.connections[0].pk, name.strip())
    if len(found) != 1:
        how = "Several businesses are" if found else "No business is"
        raise commands.Invalid(f"{how} called {name.strip()}. Choose one from the list.")
    return found[0]
