"""Without a limit, 5,000 contacts: a full copy beside the SDK's own, and a sync that finds nothing changed."""

import sqlite3
from contextlib import closing
from pathlib import Path
from statistics import median

from tests.benchmarks.rows import NO_LIMIT, UNLIMITED, Row, cost_of, installed
from tests.whole.truth import differences

CONTACTS = 5_000
PAIRS = 3
TABLES = ("contact", "task", "note", "appointment", "business", "activityentry")


def rows():
    pairs = [pair_of_copies() for _ in range(PAIRS - 1)]
    with installed("--contacts", str(CONTACTS), *NO_LIMIT, **UNLIMITED) as (sandbox, installation):
        pairs.append(both(sandbox, installation))
        yield from compared(pairs, sandbox.counts())
        lost = differences(sandbox.state(), installation.export())
        yield Row("differences from the truth after it", f"{len(lost)}", must="0")
        yield from nothing_changed(sandbox, installation)


def pair_of_copies():
    with installed("--contacts", str(CONTACTS), *NO_LIMIT, **UNLIMITED) as (sandbox, installation):
        return both(sandbox, installation)


def both(sandbox, installation):
    """What a copy of everything costs us and the peer, one after the other.

    The stand-in makes records when they are first asked for; it does so before, and neither waits for that.
    """
    sandbox.state()
    peer = copy_of_the_peer(sandbox, installation)
    sandbox.admin("reset-counts")
    return cost_of("manage.py", "sync", "--json", env=installation.env), peer


def copy_of_the_peer(sandbox, installation):
    file = Path(installation.folder) / "peer.sqlite3"
    where = (sandbox.url, sandbox.pit, sandbox.location_id, str(file))
    return cost_of("-m", "tests.benchmarks.sdk_loop", *where, env=installation.env)


def compared(pairs, counts):
    """Medians of all pairs: the speed of a shared machine changes by a tenth from minute to minute."""
    requests, least, asked = counts["requests"], counts["least"]["requests"], pairs[-1][1].answer["requests"]
    seconds, seconds_of_peer = (median(cost.seconds for cost in side) for side in zip(*pairs, strict=True))
    cpu, cpu_of_peer = (1000 * median(cost.cpu for cost in side) / CONTACTS for side in zip(*pairs, strict=True))
    peak, peak_of_peer = (max(cost.peak for cost in side) for side in zip(*pairs, strict=True))
    yield Row(
        f"requests, full sync, {CONTACTS:,} contacts",
        f"{requests:,} (x {requests / least:.3f})",
        f"least {least:,}, SDK {asked:,}",
        "<= x 1.02",
    )
    speed, speed_of_peer = CONTACTS / seconds, CONTACTS / seconds_of_peer
    yield Row(
        f"contacts/s, no limit, {CONTACTS:,} contacts",
        f"{speed:.0f} (x {speed / speed_of_peer:.2f})",
        f"SDK {speed_of_peer:.0f}",
        ">= x 3",
    )
    yield Row(
        "CPU s per 1,000 contacts", f"{cpu:.2f} (x {cpu / cpu_of_peer:.2f})", f"SDK {cpu_of_peer:.2f}", "<= x 0.5"
    )
    yield Row("peak memory, MB", f"{peak:.0f}", f"SDK {peak_of_peer:.0f}", "<= 150")


def nothing_changed(sandbox, installation):
    database = Path(installation.folder) / "db.sqlite3"
    count_writes(database)
    sandbox.admin("reset-counts")
    # The rolling sweep of notes reads some contacts every time, and writes down when it did.
    ours = cost_of(
        "manage.py",
        "sync",
        "--json",
        env=installation.env
        | {
            "SYNC_NOTES_DAY_PERCENT": "1",
            "SYNC_NOTES_CYCLE_HOURS": "87600",
            "SYNC_NOTES_ACTIVE_MINUTES": "5000000",
        },
    )
    asked = sandbox.counts()["requests"]
    full = f"full {sandbox.counts()['least']['requests']:,}"
    yield Row("requests, nothing changed (rolling sweep apart)", f"{asked}", full, "<= 80")
    yield Row("rows written, nothing changed (rolling sweep apart)", f"{written(database)}", must="0")
    yield Row("CPU s, nothing changed", f"{ours.cpu:.1f}")


def count_writes(path):
    """Let the database itself count every row of what people see that is written."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE written (what)")
        for table in TABLES:
            for what in ("INSERT", "UPDATE", "DELETE"):
                database.execute(
                    f"CREATE TRIGGER count_{what}_{table} AFTER {what} ON activity_{table}"
                    f" BEGIN INSERT INTO written VALUES ('{what} {table}'); END"
                )
        database.commit()


def written(path):
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT count(*) FROM written").fetchone()[0]
