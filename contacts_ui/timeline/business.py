"""Reads what the page of a business shows: its people, who is on the way in or out, and all that happened."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from contacts_ui.components import pending
from contacts_ui.components.owners import Person, owner_of
from contacts_ui.components.pending import Pending
from contacts_ui.components.said import Said, said_of
from contacts_ui.formatting import clock
from contacts_ui.shell import systems
from contacts_ui.timeline.context import TimelineContext
from contacts_ui.timeline.periods import Period, period_of
from integrations.activity import markup, merged, search
from integrations.activity.asked import Cursor
from integrations.activity.kinds import NAMED, message
from integrations.activity.merged import Merged
from integrations.activity.models import Business, Contact
from integrations.sync.health.contact_writes import moves_of
from integrations.sync.health.writes import Write, seen_by

PEOPLE_AT_ONCE, MOST_FOUND, LONGEST_EXCERPT = 25, 8, 220
# An entry of a page may be any of as many of each person: so few that all of them are soon read.
MOST_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the business; `pending` is how a change of that stands, where it is not settled."""

    contact: Contact
    pending: Pending | None = None


@dataclass(frozen=True, slots=True)
class People:
    """A page of them by name; `after` is where the next one starts, "" at the end."""

    rows: list[Member]
    after: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry in a line: of whom, what, by whom, and how it begins."""

    merged: Merged
    word: str
    icon: str
    actor: Person | None
    excerpt: str
    priority: str
    period: Period


def people_of(
    business: Business, words: TimelineContext, after: str = "", at_most: int = PEOPLE_AT_ONCE
) -> People:
    """Who belongs to it, those on the way in before all others on the first page. Up to three queries."""
    found = of(business).order_by("sort_name", "pk")
    if place := _place(after):
        found = found.filter(sort_name__gte=place[0])
        found = found.filter(Q(sort_name__gt=place[0]) | Q(pk__gt=place[1]))
    rows = list(found[: at_most + 1])
    moves: dict[int | None, Write] = {}
    for write in seen_by(words.viewer, moves_of(business.connection_id, business.remote_id)):
        moves.setdefault(write.target_id, write)
    known = {pk: _stand(business, write, words) for pk, write in moves.items()}
    here = [Member(contact, known.pop(contact.pk, None)) for contact in rows[:at_most]]
    coming = [
        Member(one.write.target, one)
        for one in known.values()
        if one.write.target and one.write.changes["business_remote_id"] == business.remote_id and not after
    ]
    last = here[-1].contact if len(rows) > at_most else None
    return People([*coming, *here], _encoded(last) if last else "")


def _stand(business: Business, write: Write, words: TimelineContext) -> Pending:
    """How a way into the business or out of it stands."""
    there = systems.contact_page(business.connection, write.remote_id)
    seen_by: dict[str, Any] = {"viewer": words.viewer, "oversees": words.oversees, "lock": words.lock}
    return pending.of(write, now=words.now, system=words.system, there=there, **seen_by)


def of(business: Business) -> QuerySet[Contact]:
    """The contacts of a business that are there."""
    found = Contact.objects.present().filter(workspace=business.workspace_id, connection=business.connection_id)
    return found.filter(business_remote_id=business.remote_id)


def candidates(business: Business, query: str) -> list[Contact]:
    """Contacts of the account that fit a search and belong elsewhere or nowhere. One query."""
    others = Contact.objects.present().filter(connection=business.connection_id)
    others = others.exclude(business_remote_id=business.remote_id)
    find = search.matching if search.is_indexed(query) else search.walking
    return list(find(others, query).order_by("sort_name", "pk")[:MOST_FOUND])


def happened(
    business: Business, words: TimelineContext, after: Cursor | None = None, at_most: int = merged.PAGE_SIZE
) -> tuple[list[Happened], Cursor | None]:
    """A page of what happened with all of them. Two queries."""
    page = merged.past_of(business, now=words.now, after=after, size=at_most)
    today = clock.local(words.now).date()
    return [_happened(row, words, today) for row in page.rows], page.next_cursor


def period_at(place: Cursor, words: TimelineContext) -> Period:
    """The period of the entry that a page ended at."""
    return period_of(clock.local(place.occurred_at).date(), clock.local(words.now).date())


def _happened(row: Merged, words: TimelineContext, today: date) -> Happened:
    entry, kind = row.entry, NAMED[row.entry.kind]
    text = markup.plain_text(entry.body) or ", ".join(
        str(part.get("field", "")) for part in entry.facts.get("changes") or ()
    )
    cut = text if len(text) <= LONGEST_EXCERPT else f"{text[: LONGEST_EXCERPT - 1]}…"
    period = period_of(clock.local(entry.occurred_at).date(), today)
    said = said_of(entry, "") if kind is message.KIND else None
    word, icon = (_by(said), said.icon) if said else (kind.one, kind.icon)
    actor, priority = owner_of(entry.actor_remote_id, words.owners), entry.facts.get("priority", "")
    return Happened(row, word, icon, actor, cut, priority, period)


def _by(said: Said) -> str:
    words = said.by or "message"
    return words[:1].upper() + words[1:]


def _encoded(contact: Contact) -> str:
    return base64.urlsafe_b64encode(json.dumps([contact.sort_name, contact.pk]).encode()).decode().rstrip("=")


def _place(text: str) -> tuple[str, int] | None:
    """A place among people as an address carries it; None for whatever we did not write."""
    try:
        name, pk = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        is_text = isinstance(name, str) and "\x00" not in name and bool(name.encode() or True)
    except (ValueError, TypeError, RecursionError):
        return None
    return (name, pk) if is_text and type(pk) is int and 0 < pk < 2**63 else None
