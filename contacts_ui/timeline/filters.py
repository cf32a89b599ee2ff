"""What a visitor asked of a timeline in the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from django.http import QueryDict
from django.utils import timezone

from contacts_ui.shell.address import query_string, text_in
from integrations.activity import timeline
from integrations.activity.asked import Filters
from integrations.activity.kinds import task
from integrations.activity.models import Task

# Of tasks, as the address has them, and in words.
STATUSES = {status: status.capitalize() for status in task.STATUSES}
PRIORITIES = {(value or "normal"): label for value, label in Task.Priority.choices}


@dataclass(frozen=True, slots=True)
class TimelineFilters:
    """A timeline's filters as the address carries them; `since` and `until` are the first and the last day."""

    kind: str = ""
    q: str = ""
    by: str = ""
    since: str = ""
    until: str = ""
    status: str = ""
    priority: str = ""
    has_changes: bool = False  # not in the address: a person's own choice

    @classmethod
    def from_query(cls, query: QueryDict, *, has_changes: bool = False) -> Self:
        """Read the address; an unknown kind, status or priority and a day that is none show everything."""
        kind = query.get("kind", "")
        return cls(
            kind=kind if kind in timeline.KIND_NAMES else "",
            q=text_in(query, "q"),
            by=text_in(query, "by"),
            since=_day(text_in(query, "since")),
            until=_day(text_in(query, "until")),
            status=asked if (asked := query.get("status", "")) in STATUSES else "",
            priority=asked if (asked := query.get("priority", "")) in PRIORITIES else "",
            has_changes=has_changes,
        )

    @property
    def is_empty(self) -> bool:
        return not (self.kind or self.q or self.is_narrowed)

    @property
    def is_narrowed(self) -> bool:
        """Whether a person, days, a status or a priority are asked for."""
        return bool(self.by or self.since or self.until or self.status or self.priority)

    def asked(self, now: datetime) -> Filters:
        """The same in the timeline's own terms, days as the reader's zone has them."""
        return Filters(
            kind=self.kind,
            text=self.q,
            actor=self.by,
            priority=self.priority,
            status=self.status,
            due_before=now if self.status == task.OVERDUE else None,
            since=_start(self.since) if self.since else None,
            until=_start(self.until, days=1) if self.until else None,
            has_changes=self.has_changes,
        )

    def address(self, **changes: str) -> str:
        """The query string of these filters with `changes`."""
        fields = {"kind": self.kind, "q": self.q, "by": self.by, "since": self.since, "until": self.until}
        return query_string(fields | {"status": self.status, "priority": self.priority} | changes)


def _day(text: str) -> str:
    """The day as YYYY-MM-DD; "" for none and for the ends of the calendar, where some zone has no date."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return ""
    return day.isoformat() if 1 < day.year < 9999 else ""


def _start(day: str, days: int = 0) -> datetime:
    first = date.fromisoformat(day) + timedelta(days=days)
    return timezone.make_aware(datetime.combine(first, time())).astimezone(UTC)
