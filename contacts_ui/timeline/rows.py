"""Draws rows of a timeline, and keeps the drawings: most rows are as they were when last asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from contacts_ui.formatting import clock
from contacts_ui.timeline.items import TimelineItem
from integrations.activity import timeline
from integrations.activity.asked import Cursor

FEED, AGENDA = "contacts_ui/timeline/_entry.html", "contacts_ui/timeline/_agenda_row.html"
DAY = "contacts_ui/timeline/_day.html"
# Some megabytes a process: a row takes two kilobytes, and what is longer than LONG_BODY is drawn each time.
MOST_KEPT, LONG_BODY = 4096, 10_000
# Stand in kept drawings where each answer has a token of its own, and a day its rows. Nobody outside knows them.
TOKEN, ROWS = token_hex(32), token_hex(32)


@dataclass(frozen=True, slots=True)
class Place:
    """What a row shows of the page that it stands on; `address` is the page's query without a note asked for."""

    contact_id: int
    name: str
    workspace: str
    system: str
    address: str
    query: str
    oversees: bool
    zone: str
    today: date


def days_of(
    request: HttpRequest, items: Sequence[TimelineItem], place: Place, after: Cursor | None = None
) -> SafeString:
    """Past entries by day in the reader's zone. The first day may continue the page that ended at `after`."""
    zone = ZoneInfo(place.zone)
    seen = after.occurred_at.astimezone(zone).date() if after else None
    sections = "".join(
        _section(day, place.today, is_continued=day == seen).replace(ROWS, "".join(_each(FEED, some, place)))
        for day, some in timeline.by_day(items, zone)
    )
    return _answered(request, sections)


def drawn(request: HttpRequest, template: str, items: Sequence[TimelineItem], place: Place) -> SafeString:
    """The rows in their order, with this answer's token in their forms."""
    return _answered(request, "".join(_each(template, items, place)))


def here(moment: datetime) -> tuple[str, date]:
    """The reader's zone and today's date in it, as a place has them."""
    return timezone.get_current_timezone_name(), timezone.localtime(moment).date()


def _each(template: str, items: Sequence[TimelineItem], place: Place) -> Iterator[str]:
    return ((_kept if _may_keep(item) else _draw)(template, item, place) for item in items)


def _answered(request: HttpRequest, rows: str) -> SafeString:
    return mark_safe(rows.replace(TOKEN, get_token(request)) if TOKEN in rows else rows)  # noqa: S308  from templates


@lru_cache(maxsize=MOST_KEPT)
def _section(day: date, today: date, *, is_continued: bool) -> str:
    """Of a day whose heading stands on the page before, there is none."""
    loud, quiet = clock.day_heading(day, today)
    part = {"on": day, "loud": loud, "quiet": quiet, "is_continued": is_continued, "rows": ROWS}
    return render_to_string(DAY, part)


def _may_keep(item: TimelineItem) -> bool:
    # A write is compared by its number alone, whatever has become of it.
    is_on_its_way = item.task is not None and item.task.write is not None
    return not is_on_its_way and len(item.body) <= LONG_BODY


def _draw(template: str, item: TimelineItem, place: Place) -> str:
    """A drawing of nothing but its arguments, so that equal ones may share it."""
    # Words of a row name days at most, so any moment of today will do.
    now = datetime.combine(place.today, time(12), ZoneInfo(place.zone))
    values = {"item": item, "place": place, "csrf_token": TOKEN, "now": now}
    engine: Any = get_template(template)
    return str(engine.template.render(Context(values)))


_kept = lru_cache(maxsize=MOST_KEPT)(_draw)
