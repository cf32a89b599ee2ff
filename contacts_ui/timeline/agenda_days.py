"""Draws what is to come by day: today, tomorrow, each later day, and at the end what has no date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from contacts_ui.formatting import clock
from contacts_ui.timeline.items import TimelineItem
from contacts_ui.timeline.rows import AGENDA, Place, drawn_in_groups
from integrations.activity.asked import Cursor
from integrations.activity.kinds import task

HEADING = '<h3 class="agenda__day"><strong>{}</strong> {}</h3>'


@dataclass(frozen=True, slots=True)
class Planned:
    """An item and the moment that it stands under."""

    at: datetime
    item: TimelineItem


def by_day(
    request: HttpRequest, planned: Sequence[Planned], place: Place, after: Cursor | None = None
) -> SafeString:
    """The rows under the headings of their days; the first day may continue the page that ended at `after`."""
    days = groupby(planned, key=lambda one: _day(one.at))
    seen = [_day(after.occurred_at)] if after else []
    groups = (
        ("" if day in seen else _heading(day, place.today), [one.item for one in some]) for day, some in days
    )
    return drawn_in_groups(request, AGENDA, groups, place)


def _day(moment: datetime) -> date | None:
    return None if moment == task.SOME_DAY else clock.local(moment).date()


def _heading(day: date | None, today: date) -> str:
    return format_html(HEADING, *(clock.day_heading(day, today) if day else ("No due date", "")))
