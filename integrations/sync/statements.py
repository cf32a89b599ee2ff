"""What every slice of a sync repeats with other values, as SQL: Django takes longer to write it than it runs."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache

from django.db import connection, models

from integrations.activity.models import ActivityEntry, Contact, RemoteObject
from integrations.activity.recent import recent_since
from integrations.sync.models import ContactDue, SyncRun

# Only names of tables and marks for values are put in; the values travel beside them.
KEYS = "SELECT remote_id, id FROM {table} WHERE connection_id = %s AND remote_id IN ({marks})"
REFRESH = """
    UPDATE {contact} SET changed_at = %s, last_activity_at = (
        SELECT MAX(occurred_at) FROM {entry} WHERE contact_id = {contact}.id AND NOT is_open AND occurred_at <= %s
    ), recent_items = COALESCE((
        SELECT {as_object}(moment, items) FROM (
            SELECT CASE WHEN occurred_at > %s THEN {minute} ELSE {day} END AS moment, COUNT(*) AS items
            FROM {entry} WHERE contact_id = {contact}.id AND occurred_at >= %s GROUP BY 1
        ) AS counted
    ), '{{}}') WHERE id IN ({marks})
"""
# How each database says a moment in UTC as text, cut to its minute or its day.
MOMENTS = {
    "sqlite": {
        "as_object": "json_group_object",
        "minute": "substr(occurred_at, 1, 16)",
        "day": "substr(occurred_at, 1, 10)",
    },
    "postgresql": {
        "as_object": "jsonb_object_agg",
        "minute": "to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')",
        "day": "to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
    },
}
# What changed since it was asked for keeps its marks: they are newer than the answer.
CONTACTS_READ = """
    UPDATE {contact} SET checked_at = %s, merged_into_id = CASE WHEN fetched_at > %s THEN merged_into_id END
    WHERE deleted_at IS NULL AND id IN ({marks})
"""
STREAM_READ = """
    INSERT INTO {due} (connection_id, contact_id, stream, checked_at, is_due)
    SELECT connection_id, id, %s, %s, fetched_at > %s FROM {contact} WHERE deleted_at IS NULL AND id IN ({marks})
    ON CONFLICT (contact_id, stream) DO UPDATE SET
        checked_at = excluded.checked_at, is_due = {due}.is_due AND excluded.is_due
"""
STREAM_SILENT = """
    INSERT INTO {due} (connection_id, contact_id, stream, checked_at, is_due)
    SELECT connection_id, id, %s, %s, %s FROM {contact} WHERE deleted_at IS NULL AND id IN ({marks})
    ON CONFLICT (contact_id, stream) DO UPDATE SET checked_at = excluded.checked_at, is_due = excluded.is_due
"""
RENEW = """
    UPDATE {run} SET lease_until = %s, heartbeat_at = %s,
        requests = requests + %s, forecast = COALESCE(%s, forecast)
    WHERE id = %s AND lease_owner = %s AND state IN ({marks})
"""


def keys_of(model: type[RemoteObject], connection_id: int, remote_ids: Collection[str]) -> dict[str, int]:
    """The primary keys of those of the remote ids that are cached in a connection."""
    if not remote_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_keys(model, len(remote_ids)), [connection_id, *remote_ids])
        return dict(cursor.fetchall())


def refresh_last_activity(contact_ids: Collection[int], now: datetime) -> None:
    """Set what contacts keep of their timelines as of `now`, and note that they changed."""
    if not contact_ids:
        return
    moment, oldest = map(connection.ops.adapt_datetimefield_value, (now, recent_since(now)))
    with connection.cursor() as cursor:
        cursor.execute(_refresh(len(contact_ids)), [moment, moment, moment, oldest, *contact_ids])


def contacts_read(
    contact_ids: Collection[int], streams: Iterable[str], *, asked_at: datetime, now: datetime
) -> None:
    """Note on contacts that are present that these streams of them were read, and that none was merged away."""
    if not contact_ids:
        return
    checked, asked = (connection.ops.adapt_datetimefield_value(moment) for moment in (now, asked_at))
    with connection.cursor() as cursor:
        cursor.execute(_for_contacts(CONTACTS_READ, len(contact_ids)), [checked, asked, *contact_ids])
        for stream in streams:
            values = [stream, checked, asked, *contact_ids]
            cursor.execute(_for_contacts(STREAM_READ, len(contact_ids)), values)


def contacts_silent(contact_ids: Collection[int], stream: str, *, now: datetime) -> None:
    """Note that these contacts did not answer in a stream: asked for again by the next run, not by this one."""
    if not contact_ids:
        return
    checked = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(_for_contacts(STREAM_SILENT, len(contact_ids)), [stream, checked, True, *contact_ids])


def renew(run_id: int, owner: str, *, now: datetime, until: datetime, requests: int, forecast: int | None) -> bool:
    """Extend the lease of an active run until then, and add to its requests. False when the owner has lost it."""
    moments = [connection.ops.adapt_datetimefield_value(moment) for moment in (until, now)]
    with connection.cursor() as cursor:
        cursor.execute(_renew(), [*moments, requests, forecast, run_id, owner, *SyncRun.ACTIVE])
        return bool(cursor.rowcount == 1)


def copy_log_back() -> None:
    """Have an embedded database copy its write-ahead log into its file, as far as that goes beside who uses it.

    Otherwise whoever commits next does it, with everybody else waiting.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")


@cache
def _renew() -> str:
    return RENEW.format(run=_quoted(SyncRun), marks=_marks(len(SyncRun.ACTIVE)))


@cache
def _keys(model: type[RemoteObject], count: int) -> str:
    return KEYS.format(table=_quoted(model), marks=_marks(count))


def _refresh(count: int) -> str:
    tables = {"contact": _quoted(Contact), "entry": _quoted(ActivityEntry)}
    return REFRESH.format(**tables, **MOMENTS[connection.vendor], marks=_marks(count))


def _for_contacts(statement: str, count: int) -> str:
    return statement.format(contact=_quoted(Contact), due=_quoted(ContactDue), marks=_marks(count))


def _marks(count: int) -> str:
    return ", ".join(["%s"] * count)


def _quoted(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
