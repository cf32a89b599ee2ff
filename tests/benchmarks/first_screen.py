"""From connecting to a useful screen: 10,000 contacts at 100 requests per 10 s and 150 to 400 ms of latency."""

import sqlite3
import time
from pathlib import Path

from tests.benchmarks.rows import Row, installed

CONTACTS, SHOWN = 10_000, 50
MUST = 45
# What a person sees first: the contacts with the latest activity, once everything but notes has been read.
UNREAD = f"""
    SELECT EXISTS (SELECT 1 FROM sync_runstream WHERE stream != 'notes' AND state != 'done')
    OR EXISTS (
        SELECT 1 FROM (SELECT checked_at FROM activity_contact WHERE deleted_at IS NULL
                       ORDER BY last_activity_at DESC NULLS LAST, id DESC LIMIT {SHOWN})
        WHERE checked_at IS NULL)
    OR NOT EXISTS (SELECT 1 FROM sync_runstream)
"""


def rows():
    with installed("--contacts", str(CONTACTS), "--rate-limit", "--latency", "150-400") as (sandbox, installation):
        began = time.monotonic()
        syncing = installation.start("manage.py", "sync", "--json")
        seconds = until_useful(Path(installation.folder) / "db.sqlite3", syncing, began)
        counts = sandbox.counts()
        yield Row(
            f"s to all contacts, tasks, appointments and {SHOWN} contacts' notes",
            f"{seconds:.1f}",
            f"{counts['requests'] / 10:.1f} at 10 requests/s",
            f"<= {MUST}",
        )
        yield Row("answers of 429 meanwhile", f"{counts['rate_limited']}", must="0")


def until_useful(path, syncing, began):
    """Seconds until the first screen is complete."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        while database.execute(UNREAD).fetchone()[0]:
            assert syncing.poll() in (None, 0), "the sync has failed"
            time.sleep(0.1)
        return time.monotonic() - began
    finally:
        database.close()
