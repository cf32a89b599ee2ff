"""Draws rows of a timeline, and keeps the drawings: most rows are as they were when last asked for."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from itertools import groupby
from secrets import token_hex
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from contacts_ui.components.pending import Pending
from contacts_ui.components.task_row import TaskRow
from contacts_ui.formatting import clock
from contacts_ui.shell.htmx import token_of
from contacts_ui.timeline.items import TimelineItem, threaded
from contacts_ui.timeline.periods import Period, period_of
from integrations.activity.asked import Cursor

FEED, AGENDA = "contacts_ui/timeline/_entry.html", "contacts_ui/timeline/_agenda_row.html"
PINNED, MEETING = "contacts_ui/timeline/_pinned.html", "contacts_ui/timeline/_next_meeting.html"
DAY = "contacts_ui/timeline/_day.html"
# Some megabytes a process: a row takes two kilobytes, and what is longer than LONG_BODY is drawn each time.
MOST_KEPT, LONG_BODY = 4096, 10_000
# Stand in kept drawings where each answer has a token of its own, and a day its rows. Nobody outside knows them.
TOKEN, ROWS = token_hex(32), token_hex(32)


class Row(Hashable, Protocol):
    """What is known of whatever is drawn here."""

    @property
    def task(self) -> TaskRow | None: ...
    @property
    def pending(self) -> Pending | None: ...
    @property
    def body(self) -> str: ...
    @property
    def earlier(self) -> Sequence[Row]: ...


@dataclass(frozen=True, slots=True)
class Place:
    """What a row shows of the page that it stands on; `address` is the page's query without a note asked for."""

    contact_id: int
    name: str
    system: str
    address: str
    query: str
    reply: str
    zone: str
    today: date


def days_of(
    request: HttpRequest, items: Sequence[TimelineItem], place: Place, after: Cursor | None = None
) -> SafeString:
    """Past entries by period in the reader's zone. The first may continue the page that ended at `after`."""

    zone = timezone.get_current_timezone()

    def period(one: TimelineItem | Cursor) -> Period:
        return period_of(clock.local(one.occurred_at, zone).date(), place.today)

    seen = period(after) if after else None
    sections = "".join(
        _section(found, is_continued=found == seen).replace(
            ROWS, "".join(_each(FEED, _threads(some, place), place))
        )
        for found, some in groupby(items, key=period)
    )
    return _answered(request, sections)


def _threads(items: Iterable[TimelineItem], place: Place) -> list[TimelineItem]:
    """Each day's threads behind their latest message; a search shows every hit by itself."""
    found = list(items)
    if place.query or not any(item.said for item in found):
        return found
    zone = timezone.get_current_timezone()
    days = groupby(found, key=lambda one: clock.local(one.occurred_at, zone).date())
    return [row for _, some in days for row in threaded(some)]


def drawn_in_groups(
    request: HttpRequest, template: str, groups: Iterable[tuple[str, Sequence[Row]]], place: Place
) -> SafeString:
    """Rows under their headings, with this answer's token in their forms."""
    return _answered(request, "".join(head + "".join(_each(template, items, place)) for head, items in groups))


def drawn(request: HttpRequest, template: str, items: Sequence[Row], place: Place) -> SafeString:
    """The rows in their order, with this answer's token in their forms."""
    return _answered(request, "".join(_each(template, items, place)))


def here(moment: datetime) -> tuple[str, date]:
    """The reader's zone and today's date in it, as a place has them."""
    return timezone.get_current_timezone_name(), timezone.localtime(moment).date()


def _each(template: str, items: Sequence[Row], place: Place) -> Iterator[str]:
    return ((_kept if _may_keep(item) else _draw)(template, item, place) for item in items)


def _answered(request: HttpRequest, rows: str) -> SafeString:
    return mark_safe(rows.replace(TOKEN, token_of(request)) if TOKEN in rows else rows)  # noqa: S308  from templates


@lru_cache(maxsize=MOST_KEPT)
def _section(period: Period, *, is_continued: bool) -> str:
    """Of a period whose heading stands on the page before, there is none."""
    return render_to_string(DAY, {"period": period, "is_continued": is_continued, "rows": ROWS})


def _may_keep(item: Row) -> bool:
    # A write is compared by its number alone, whatever has become of it.
    is_on_its_way = item.task is not None and item.task.is_unsettled
    length = len(item.body) + sum(len(one.body) for one in item.earlier)
    return not (is_on_its_way or item.pending) and length <= LONG_BODY


def _draw(template: str, item: Row, place: Place) -> str:
    """A drawing of nothing but its arguments, so that equal ones may share it."""
    # Words of a row name days at most, so any moment of today will do.
    now = datetime.combine(place.today, time(12), ZoneInfo(place.zone))
    values = {"item": item, "place": place, "csrf_token": TOKEN, "now": now}
    engine: Any = get_template(template)
    return str(engine.template.render(Context(values)))


_kept = lru_cache(maxsize=MOST_KEPT)(_draw)
