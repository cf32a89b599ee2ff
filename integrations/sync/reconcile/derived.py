"""Keeps what contacts derive from their timelines, so that no page has to read all entries of one.

One statement for a whole batch: Django's expressions for it take longer to build than the database takes.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db import connection, models

from integrations.activity.models import ActivityEntry, Contact
from integrations.workspace.models import Workspace

# As far back as a page draws a contact's days: twelve months, the current one not over.
YEAR = timedelta(days=366)
MARK = "%s"
# Only names of tables, marks for values and the day's expression are put in; the values travel beside them.
REFRESH = """
    UPDATE {contact} SET changed_at = %s,
    last_activity_at = (
        SELECT MAX(occurred_at) FROM {entry} WHERE contact_id = {contact}.id AND NOT is_open AND occurred_at <= %s
    ),
    entries_by_type = (
        SELECT COALESCE({collect}(type, n), '{{}}') FROM (
            SELECT type, COUNT(*) AS n FROM {entry} WHERE contact_id = {contact}.id GROUP BY type
        ) AS types
    ),
    entries_by_day = (
        SELECT COALESCE({collect}(day, n), '{{}}') FROM (
            SELECT {day} AS day, COUNT(*) AS n FROM {entry}
            WHERE contact_id = {contact}.id AND NOT is_open AND occurred_at > %s AND occurred_at <= %s GROUP BY 1
        ) AS days
    )
    WHERE id IN ({marks})
"""


def refresh_derived(contact_ids: Collection[int], now: datetime) -> None:
    """Set what contacts of one workspace derive from their timelines as of `now`, and note that they changed."""
    if not contact_ids:
        return
    some = next(iter(contact_ids))
    zone = Workspace.objects.filter(pk__in=Contact.objects.filter(pk=some).values("workspace")).values_list(
        "timezone"
    )
    day, day_values = _day(zone.get()[0], now)
    moment, since = (connection.ops.adapt_datetimefield_value(at) for at in (now, now - YEAR))
    statement = _refresh(day, len(contact_ids))
    with connection.cursor() as cursor:
        cursor.execute(statement, [moment, moment, *day_values, since, moment, *contact_ids])


def offsets(zone: str, since: datetime, until: datetime) -> list[tuple[datetime, int]]:
    """The zone's distances from UTC in minutes, each with the moment that it ends at, which is `until` at last."""
    there, found, at = ZoneInfo(zone), [], since
    while at < until:
        step = min(at + timedelta(days=1), until)
        if step.astimezone(there).utcoffset() != at.astimezone(there).utcoffset():
            step = _change(there, at, step)
            found.append((step, _minutes(there, at)))
        at = step
    return [*found, (until, _minutes(there, until))]


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The minute between these two from which the distance is the later one."""
    early = before.astimezone(zone).utcoffset()
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) / 2
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == early else (before, middle)
    return after


def _minutes(zone: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset() or timedelta()
    return int(offset.total_seconds() // 60)


def _day(zone: str, now: datetime) -> tuple[str, list[str]]:
    """The expression for an entry's day in the workspace's zone, and the values of its marks."""
    if connection.vendor != "sqlite":
        return "to_char(occurred_at AT TIME ZONE %s, 'YYYY-MM-DD')", [zone]
    return _day_on_sqlite(zone, now.replace(minute=0, second=0, microsecond=0))


@lru_cache(maxsize=64)
def _day_on_sqlite(zone: str, now: datetime) -> tuple[str, list[str]]:
    """SQLite knows no zones, so it is told the distances of the year."""
    *earlier, (_, latest) = offsets(zone, now - YEAR, now)
    cases, values = "", []
    for until, minutes in earlier:
        cases += f"WHEN occurred_at < {MARK} THEN {MARK} "
        values += [str(connection.ops.adapt_datetimefield_value(until)), f"{minutes:+d} minutes"]
    distance = f"CASE {cases}ELSE {MARK} END" if cases else MARK
    return f"date(occurred_at, {distance})", [*values, f"{latest:+d} minutes"]


def _refresh(day: str, count: int) -> str:
    collect = "json_group_object" if connection.vendor == "sqlite" else "jsonb_object_agg"
    marks = ", ".join([MARK] * count)
    return REFRESH.format(
        contact=_quoted(Contact), entry=_quoted(ActivityEntry), collect=collect, day=day, marks=marks
    )


def _quoted(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
