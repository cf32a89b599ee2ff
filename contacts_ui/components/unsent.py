"""Changes that are not saved, a few at a time: what each wants, how it stands, and what can be done about it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from contacts_ui.components import pending
from contacts_ui.components.field_names import Names, names_for
from contacts_ui.components.pending import Pending
from contacts_ui.components.task_row import lock_of
from contacts_ui.components.wished import Wished, wished
from contacts_ui.shell import again, systems
from contacts_ui.shell.http import MemberRequest
from integrations.sync.health import writes
from integrations.sync.health.writes import Write

AT_ONCE, OWN_AT_ONCE = 3, 50


@dataclass(frozen=True, slots=True)
class WriteRow:
    """One write, what it asks for, and how it stands."""

    write: Write
    wished: Wished
    pending: Pending

    @property
    def is_told(self) -> bool:
        """Whether its values stand elsewhere: tags in its words, what was crossed in the inbox."""
        return self.pending.look == "conflict" or list(self.write.changes) == ["tag_names"]


@dataclass(frozen=True, slots=True)
class WritePage:
    """Writes, newest first; `before` is where the next page starts."""

    rows: list[WriteRow]
    before: int | None

    @property
    def look(self) -> str:
        """What tells one state of the page from another."""
        return "-".join(f"{row.write.pk}{row.pending.look[0]}{row.write.attempts}" for row in self.rows)

    @property
    def is_moving(self) -> bool:
        """Whether something on it is being sent, or about to be."""
        return any(row.pending.look in ("waits", "sending") for row in self.rows)


NOTHING = WritePage([], None)


def page_of(
    request: MemberRequest, connections: Collection[int], before: int | None, now: datetime, size: int = AT_ONCE
) -> WritePage:
    """The newest that failed, or those from a place on, for whoever oversees them.

    One query, and one for each kind of record.
    """
    found = writes.unsent(connections, before=before, at_most=size + 1)
    return _page(request, found, size, now)


def own_page(
    request: MemberRequest, workspaces: Collection[int], before: int | None, now: datetime, size: int = OWN_AT_ONCE
) -> WritePage:
    """The same of whatever one person wants and what is not saved."""
    found = writes.own(request.user.pk, workspaces, before=before, at_most=size + 1)
    return _page(request, found, size, now)


def _page(request: MemberRequest, found: Sequence[Write], size: int, now: datetime) -> WritePage:
    shown = found[:size]
    names, barred, viewer = names_for(shown), again.barred(request, shown), request.user.pk
    rows = [_row(write, names, viewer, now, may_ask=write.pk not in barred) for write in shown]
    return WritePage(rows, shown[-1].pk if len(found) > size else None)


def _row(write: Write, names: Names, viewer: int, now: datetime, *, may_ask: bool) -> WriteRow:
    system, lock = systems.short_name_of(write.connection), lock_of(write.connection)
    there = systems.page_about(write)
    standing = pending.of(write, now=now, system=system, there=there, viewer=viewer, oversees=True, lock=lock)
    return WriteRow(write, wished(write, names), standing if may_ask else standing.not_again())
