"""Projects cached objects onto the timeline and keeps what contacts derive from it, so that no page reads it all.

One statement for a whole batch: Django's expressions for it take longer to build than the database takes.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, models
from django.db.models import BigIntegerField, F, Max, OuterRef, Subquery

from integrations.activity.folding import folded
from integrations.activity.kinds import OF_CONTACT, Kind, Shown, change
from integrations.activity.models import ActivityEntry, Contact
from integrations.prepared import Param, Prepared
from integrations.sync import raw
from integrations.sync.upsert import Row, upsert
from integrations.workspace.models import Workspace

SHOWN = (
    "type",
    "occurred_at",
    "is_open",
    "agenda_at",
    "actor_remote_id",
    "title",
    "body",
    "text",
    "facts",
    "changed_at",
)
SHOWN_OF = attrgetter(*SHOWN)
REWRITTEN = ("contact", "remote_id", "fetched_at", "run_id", *SHOWN)
# As far back as a page draws a contact's days: twelve months, the current one not over.
YEAR = timedelta(days=366)
# Only names of tables, marks for values and the day's expression are put in; the values travel beside them.
# A changed field is no activity: timelines leave it out, and who was quiet stays quiet when many get a tag.
REFRESH = """
    UPDATE {contact} SET changed_at = %s,
    last_activity_at = (
        SELECT MAX(occurred_at) FROM {entry}
        WHERE contact_id = {contact}.id AND NOT is_open AND type <> %s AND occurred_at <= %s
    ),
    last_due_at = (SELECT MAX(agenda_at) FROM {entry} WHERE contact_id = {contact}.id AND agenda_at IS NOT NULL),
    entries_by_type = (
        SELECT COALESCE({collect}(type, n), '{{}}') FROM (
            SELECT type, COUNT(*) AS n FROM {entry} WHERE contact_id = {contact}.id GROUP BY type
        ) AS types
    ),
    entries_by_day = (
        SELECT COALESCE({collect}(day, n), '{{}}') FROM (
            SELECT {day} AS day, COUNT(*) AS n FROM {entry}
            WHERE contact_id = {contact}.id AND NOT is_open AND type <> %s
            AND occurred_at > %s AND occurred_at <= %s GROUP BY 1
        ) AS days
    )
    WHERE id IN ({marks})
"""
ORPHANED = """
    SELECT 1 FROM {table} WHERE connection_id = %s AND contact_id IS NULL AND contact_remote_id IN ({marks})
    LIMIT 1
"""


def store_entries(kind: Kind, items: Sequence[Any]) -> None:
    """Write the timeline rows of objects of one kind; those without a known contact have none yet, or no more."""
    if kind.shown is None:
        return
    homeless = [item.pk for item in items if not item.contact_id]
    if homeless:
        drop_entries(kind, homeless)
    rows = [_row(kind, item, kind.shown(item)) for item in items if item.contact_id]
    upsert(ActivityEntry, rows, unique=("kind", "source_id"), update=REWRITTEN)


def drop_entries(kind: Kind, ids: Iterable[int]) -> None:
    """Take removed objects off the timeline."""
    ActivityEntry.objects.filter(kind=kind.name, source_id__in=list(ids)).delete()


def drop_contacts(contact_ids: Iterable[int]) -> None:
    """Empty the timelines of removed contacts, so that nothing of them is left should they come back."""
    theirs = ActivityEntry.objects.filter(contact__in=list(contact_ids))
    theirs.exclude(kind=change.KIND.name).delete()


def adopt_orphans(contacts: Sequence[Row], now: datetime) -> None:
    """Link what arrived before its contact did, and put it on the timeline."""
    by_remote_id = {contact.remote_id: contact for contact in contacts}
    adopted: set[int] = set()
    for kind in OF_CONTACT:
        model: Any = kind.model
        if not _has_orphans(model, contacts[0].connection_id, by_remote_id):
            continue
        found = model._default_manager.filter(
            connection_id=contacts[0].connection_id, contact=None, contact_remote_id__in=list(by_remote_id)
        )
        orphans = list(found.defer("payload", "extra"))
        for orphan in orphans:
            orphan.contact_id = by_remote_id[orphan.contact_remote_id].pk
            adopted.add(orphan.contact_id)
        if orphans:
            theirs = Contact.objects.filter(
                connection=OuterRef("connection"), remote_id=OuterRef("contact_remote_id")
            )
            found.update(contact=Subquery(theirs.values("pk")))
            store_entries(kind, [orphan for orphan in orphans if orphan.deleted_at is None])
    if adopted:
        refresh_derived(adopted, now)


def _has_orphans(model: type[models.Model], connection_id: int, contact_ids: Collection[str]) -> bool:
    statement = ORPHANED.format(table=raw.table(model), marks=raw.marks(len(contact_ids)))
    with raw.cursor() as cursor:
        cursor.execute(statement, [connection_id, *contact_ids])
        return bool(cursor.fetchall())


def refresh_passed(connection_id: int, since: datetime, now: datetime) -> None:
    """Meetings take place without anybody changing them: refresh the contacts of those that lay in between."""
    passed = ActivityEntry.objects.filter(
        connection=connection_id, is_open=False, occurred_at__gt=since, occurred_at__lte=now
    ).filter(occurred_at__gt=F("fetched_at"))
    contacts = Contact.objects.filter(pk__in=set(passed.values_list("contact_id", flat=True)))
    known = contacts.annotate(latest=_latest(now)).values_list("pk", "last_activity_at", "latest")
    # What stays the same is not written: an open page would take it for a change.
    refresh_derived([pk for pk, before, after in known if before != after], now)


def _row(kind: Kind, item: Any, shown: Shown) -> Row:
    columns = columns_of(shown)
    if not shown.may_lie_ahead:
        columns["occurred_at"] = min(shown.occurred_at, item.fetched_at)
    return Row(
        workspace_id=item.workspace_id,
        connection_id=item.connection_id,
        contact_id=item.contact_id,
        kind=kind.name,
        source_id=item.pk,
        remote_id=item.remote_id,
        fetched_at=item.fetched_at,
        run_id=item.fetched_by_run,
        **columns,
    )


def columns_of(shown: Shown) -> dict[str, Any]:
    """What the columns of a timeline row take of it."""
    columns = dict(zip(SHOWN, SHOWN_OF(shown), strict=True))
    columns["text"] = folded(shown.text)
    return columns


def _latest(now: datetime) -> Subquery:
    happened = ActivityEntry.objects.exclude(type=change.FIELDS).filter(is_open=False, occurred_at__lte=now)
    past = happened.filter(contact=OuterRef("pk")).order_by()
    return Subquery(past.values("contact").annotate(latest=Max("occurred_at")).values("latest"))


def refresh_derived(contact_ids: Collection[int], now: datetime) -> None:
    """Set what contacts of one workspace derive from their timelines as of `now`, and note that they changed.

    Raises Contact.DoesNotExist where the first is not there.
    """
    if not contact_ids:
        return
    zones = _zone_of()(contact=next(iter(contact_ids)))
    if not zones:  # no fault of a value, as a ValueError would be taken for
        raise Contact.DoesNotExist
    day, day_values = _day(zones[0][0], now)
    moment, since = (connection.ops.adapt_datetimefield_value(at) for at in (now, now - YEAR))
    statement = _refresh(day, len(contact_ids))
    with raw.cursor() as cursor:
        cursor.execute(
            statement, [moment, change.FIELDS, moment, *day_values, change.FIELDS, since, moment, *contact_ids]
        )


@cache
def _zone_of() -> Prepared[tuple[str]]:
    theirs = Contact.objects.filter(pk=Param("contact", BigIntegerField())).values("workspace")
    return Prepared(Workspace.objects.filter(pk__in=theirs).values_list("timezone"))


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
        cases += f"WHEN occurred_at < {raw.MARK} THEN {raw.MARK} "
        values += [str(connection.ops.adapt_datetimefield_value(until)), f"{minutes:+d} minutes"]
    distance = f"CASE {cases}ELSE {raw.MARK} END" if cases else raw.MARK
    return f"date(occurred_at, {distance})", [*values, f"{latest:+d} minutes"]


def _refresh(day: str, count: int) -> str:
    collect = "json_group_object" if connection.vendor == "sqlite" else "jsonb_object_agg"
    tables = {"contact": raw.table(Contact), "entry": raw.table(ActivityEntry)}
    return REFRESH.format(**tables, collect=collect, day=day, marks=raw.marks(count))
