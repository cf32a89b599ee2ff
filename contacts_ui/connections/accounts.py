"""The accounts as the connections page shows them: broken first, with what each can do, its budget and clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.template.defaultfilters import pluralize

from contacts_ui.components.run_status import still_to_come
from contacts_ui.components.status_badge import StatusBadge
from integrations.activity.models import Appointment, Contact, Note, Task
from integrations.connections.status import ConnectionStatus
from integrations.sync import health
from integrations.sync.health import Account, Capability
from integrations.sync.models import StreamCursor, SyncRun, Write
from integrations.workspace.models import Workspace

# What a salesperson would miss; the smaller streams appear only when one of them is refused.
ALWAYS_SHOWN = ("contacts", "tasks", "notes", "appointments", "businesses")
GETTING_FULL = 80  # percent of the day's requests


@dataclass(frozen=True, slots=True)
class Ability:
    """One thing the connection can or cannot do; the icon never stands without its word.

    `stream` is the key of a stream that an admin may switch on and off, else empty.
    """

    label: str
    icon: str
    tone: str
    words: str
    stream: str = ""
    is_on: bool = True

    @property
    def css(self) -> str:
        """The class of its icon; in what is muted as a whole it needs none."""
        return {"ok": "tone-ok", "error": "tone-error", "wait": "muted"}.get(self.tone, "")


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account. `may_manage`: the reader may act on it. `run`: the sync under way."""

    workspace: Workspace
    status: ConnectionStatus | None
    kind: str
    badge: StatusBadge
    abilities: list[Ability]
    synced_at: datetime | None
    next_at: datetime | None
    run: SyncRun | None
    may_manage: bool
    contacts: int = 0
    waiting_edits: int = 0
    has_ended: bool = False

    @property
    def is_usable(self) -> bool:
        return bool(self.status and self.status.is_usable)

    @property
    def needs_person(self) -> bool:
        """Broken by itself, not ended by an admin."""
        return not self.is_usable and not self.has_ended

    @property
    def can_allow_writing(self) -> bool:
        return bool(self.may_manage and self.is_usable and self.status and not self.status.may_write)

    @property
    def percent(self) -> int:
        """Of the day's requests, rounded down."""
        if not self.status or not self.status.daily_limit:
            return 0
        return min(100, 100 * self.status.requests_today // self.status.daily_limit)

    @property
    def share(self) -> str:
        """The same as it is shown: less than one is not nothing."""
        used = self.status.requests_today if self.status else 0
        return "<1%" if used and not self.percent else f"{self.percent}%"

    @property
    def forecast(self) -> str:
        """What the sync under way will still cost, in a sentence; empty when nobody can tell."""
        return still_to_come(self.run, self.status) if self.run else ""

    @property
    def kept(self) -> str:
        """What waits for a reconnect, in a sentence: "2 contacts stay readable, 1 edit waits."; "" for nothing."""
        if not self.contacts:
            return ""
        edits = f", {self.waiting_edits:,} edit{pluralize(self.waiting_edits, ' waits,s wait')}"
        stay = f"{self.contacts:,} contact{pluralize(self.contacts, ' stays,s stay')} readable"
        return f"{stay}{edits if self.waiting_edits else ''}."

    @property
    def is_getting_full(self) -> bool:
        return self.percent >= GETTING_FULL


@dataclass(frozen=True, slots=True)
class Accounts:
    """All rows; `broken` are those that need a person, for the banner."""

    rows: list[AccountRow]
    broken: list[AccountRow] = field(default_factory=list)


def accounts(workspaces: Sequence[Workspace], managed: set[int]) -> Accounts:
    """Seven queries, however many accounts: connections, budgets, streams, schedules, runs, contacts, edits."""
    found = health.accounts(workspaces)
    streams = health.capabilities(one.connection for one in found.values() if one.connection)
    contacts = _count(Contact.objects.present(), "workspace", found)
    edits = _count(Write.objects.open(), "connection__workspace", found)
    rows = []
    for pk, account in found.items():
        status, schedule, usable = account.status, account.schedule, account.is_usable
        rows.append(
            AccountRow(
                workspace=account.workspace,
                status=status,
                kind=kind_words(status),
                badge=_badge(account),
                abilities=_abilities(streams.get(account.connection.pk, []) if account.connection else [], status),
                synced_at=schedule.last_synced_at if schedule else None,
                next_at=schedule.next_at if schedule and usable else None,
                run=account.run,
                may_manage=pk in managed,
                contacts=contacts.get(pk, 0),
                waiting_edits=edits.get(pk, 0),
                has_ended=account.has_ended,
            )
        )
    rows.sort(key=lambda row: (not row.needs_person, row.workspace.name.casefold(), row.workspace.pk))
    return Accounts(rows, [row for row in rows if row.needs_person])


def kind_words(status: ConnectionStatus | None) -> str:
    """How it is connected, and how far: "OAuth, read only"."""
    if status is None:
        return "Never connected"
    if status.kind == "private":
        return "Private token, no auto-refresh" + (", read and write" if status.may_write else ", read only")
    if not status.is_usable:
        return "OAuth"
    return "OAuth, read and write" if status.may_write else "OAuth, read only"


def sizes(workspace: Workspace) -> dict[str, int]:
    """What a revoke would take away, in figures: contacts, items, people."""
    return {
        "contacts": Contact.objects.present().filter(workspace=workspace).count(),
        "items": sum(
            model._default_manager.filter(workspace=workspace).count() for model in (Task, Note, Appointment)
        ),
        "people": workspace.memberships.count(),
    }


def _count(rows: QuerySet[Any], by: str, workspace_ids: Iterable[int]) -> dict[int, int]:
    found = rows.filter(**{f"{by}__in": list(workspace_ids)}).order_by()
    return dict(found.values_list(by).annotate(Count("pk")))


def _badge(account: Account) -> StatusBadge:
    status = account.status
    if status is None:
        return StatusBadge("unplug", "", "Never connected")
    if not status.is_usable:
        broken = not account.has_ended
        return StatusBadge("triangle-alert" if broken else "unplug", "warn" if broken else "", status.label)
    return StatusBadge("check", "ok", status.label)


def _abilities(streams: list[Capability], status: ConnectionStatus | None) -> list[Ability]:
    usable = bool(status and status.is_usable)
    refused = StreamCursor.State.REFUSED
    by_key = {one.key: one for one in streams}
    shown = [by_key[key] for key in ALWAYS_SHOWN if key in by_key]
    shown += [one for one in streams if one.key not in ALWAYS_SHOWN and usable and one.state == refused]
    found = [_ability(one) if usable else _idle(one) for one in shown]
    if not usable:
        return [*found, Ability("Writing", "minus", "muted", "Not connected")]
    if status and status.may_write:
        return [*found, Ability("Writing", "check", "ok", "Allowed")]
    return [*found, Ability("Writing", "lock", "muted", "Connected for reading. An admin can allow writing.")]


def _idle(stream: Capability) -> Ability:
    words = "Switched off here. Not connected" if stream.is_off else "Not connected"
    return Ability(
        stream.label, "minus", "muted", words, stream.key if stream.can_be_off else "", not stream.is_off
    )


def _ability(stream: Capability) -> Ability:
    key = stream.key if stream.can_be_off else ""
    if stream.is_off:
        return Ability(stream.label, "minus", "muted", "Switched off here", key, is_on=False)
    icon, tone, words = {
        StreamCursor.State.ALLOWED: ("check", "ok", "Allowed"),
        StreamCursor.State.FALLBACK: ("check", "ok", "Allowed, read contact by contact"),
        StreamCursor.State.REFUSED: ("x", "error", "Refused by GHL"),
    }.get(StreamCursor.State(stream.state), ("clock", "wait", "Not read yet"))
    return Ability(stream.label, icon, tone, f"{words}. {stream.reason}" if stream.reason else words, key)
