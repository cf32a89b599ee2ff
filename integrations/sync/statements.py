"""What every slice of a sync repeats with other values, as SQL: Django takes longer to write it than it runs."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache

from django.db import DatabaseError, connection

from integrations.activity.models import Contact
from integrations.sync import raw
from integrations.sync.models import ContactDue, SyncRun

# Only names of tables and marks for values are put in; the values travel beside them.
# What changed since it was asked for keeps its marks: they are newer than the answer.
CONTACTS_READ = """
    UPDATE {contact} SET checked_at = %s, merged_into_id = CASE WHEN fetched_at > %s THEN merged_into_id END
    WHERE deleted_at IS NULL AND id IN ({marks})
"""
STREAM_READ = """
    INSERT INTO {due} (connection_id, contact_id, stream, checked_at, is_due, active_at)
    SELECT connection_id, id, %s, %s, fetched_at > %s, last_activity_at
    FROM {contact} WHERE deleted_at IS NULL AND id IN ({marks})
    ON CONFLICT (contact_id, stream) DO UPDATE SET
        checked_at = excluded.checked_at, is_due = {due}.is_due AND excluded.is_due
"""
STREAM_SILENT = """
    INSERT INTO {due} (connection_id, contact_id, stream, checked_at, is_due, active_at)
    SELECT connection_id, id, %s, %s, %s, last_activity_at
    FROM {contact} WHERE deleted_at IS NULL AND id IN ({marks})
    ON CONFLICT (contact_id, stream) DO UPDATE SET checked_at = excluded.checked_at, is_due = excluded.is_due
"""
CONTACTS_ACTIVE = """
    UPDATE {due} SET active_at = %s WHERE (active_at IS NULL OR active_at < %s) AND contact_id IN ({marks})
"""
RENEW = """
    UPDATE {run} SET lease_until = %s, heartbeat_at = %s,
        requests = requests + %s, changes = changes + %s, failed = failed + %s, forecast = COALESCE(%s, forecast)
    WHERE id = %s AND lease_owner = %s AND state IN ({marks})
"""


def contacts_read(
    contact_ids: Collection[int], streams: Iterable[str], *, asked_at: datetime, now: datetime
) -> None:
    """Note on contacts that are present that these streams of them were read, and that none was merged away."""
    if not contact_ids:
        return
    checked, asked = (connection.ops.adapt_datetimefield_value(moment) for moment in (now, asked_at))
    with raw.cursor() as cursor:
        cursor.execute(_for_contacts(CONTACTS_READ, len(contact_ids)), [checked, asked, *contact_ids])
        for stream in streams:
            values = [stream, checked, asked, *contact_ids]
            cursor.execute(_for_contacts(STREAM_READ, len(contact_ids)), values)


def contacts_silent(contact_ids: Collection[int], stream: str, *, now: datetime) -> None:
    """Note that these contacts did not answer in a stream: asked for again by the next run, not by this one."""
    if not contact_ids:
        return
    checked = connection.ops.adapt_datetimefield_value(now)
    with raw.cursor() as cursor:
        cursor.execute(_for_contacts(STREAM_SILENT, len(contact_ids)), [stream, checked, True, *contact_ids])


def contacts_active(contact_ids: Collection[int], *, now: datetime, unless_since: datetime) -> None:
    """Note that something happened to these contacts, on marks that say nothing of the kind since then."""
    if not contact_ids:
        return
    moments = [connection.ops.adapt_datetimefield_value(moment) for moment in (now, unless_since)]
    with raw.cursor() as cursor:
        cursor.execute(_for_contacts(CONTACTS_ACTIVE, len(contact_ids)), [*moments, *contact_ids])


def renew(
    run_id: int, owner: str, *, now: datetime, until: datetime, forecast: int | None, **counted: int
) -> bool:
    """Extend the lease of an active run until then, and add what was counted: `requests`, `changes` and `failed`.

    False when the owner has lost it.
    """
    numbers = [counted.get(name, 0) for name in ("requests", "changes", "failed")]
    moments = [connection.ops.adapt_datetimefield_value(moment) for moment in (until, now)]
    with raw.cursor() as cursor:
        cursor.execute(_renew(), [*moments, *numbers, forecast, run_id, owner, *SyncRun.ACTIVE])
        return bool(cursor.rowcount == 1)


@contextmanager
def undo_in_memory() -> Iterator[None]:
    """Have this connection to an embedded database keep in memory what would undo a part of a transaction.

    As files, that is half of all that a sync writes. Other work may sort more than memory should hold.
    """
    _keep_temporary("MEMORY")
    try:
        yield
    finally:
        with suppress(DatabaseError):  # one that is lost forgets it by itself
            _keep_temporary("DEFAULT")


def _keep_temporary(where: str) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA temp_store = {where}")


def copy_log_back() -> None:
    """Have an embedded database copy its write-ahead log into its file, as far as that goes beside who uses it.

    Otherwise whoever commits next does it, with everybody else waiting.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")


@cache
def _renew() -> str:
    return RENEW.format(run=raw.table(SyncRun), marks=raw.marks(len(SyncRun.ACTIVE)))


def _for_contacts(statement: str, count: int) -> str:
    return statement.format(contact=raw.table(Contact), due=raw.table(ContactDue), marks=raw.marks(count))
