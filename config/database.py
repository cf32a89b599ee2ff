"""The database that DATABASE_URL names, else the embedded one, with the options that each kind needs."""

from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured


def configured(url: str, data_dir: Path, *, wait_seconds: float) -> dict[str, Any]:
    """The entry for Django's DATABASES. `wait_seconds` is how long a statement waits for what somebody else holds.

    Raises ImproperlyConfigured for an address that cannot be read.
    """
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(url or f"sqlite:///{data_dir / 'db.sqlite3'}"))
    except dj_database_url.ParseError as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}") from error
    if database["ENGINE"].endswith("sqlite3"):
        # Threads and processes must see the same database in tests too, so it is a file there as well.
        return database | {"TEST": {"NAME": str(data_dir / "test.sqlite3")}, "OPTIONS": _sqlite(wait_seconds)}
    options = {"options": f"-c lock_timeout={round(wait_seconds * 1000)}"} | database.get("OPTIONS", {})
    return database | {"CONN_MAX_AGE": 60, "OPTIONS": options}


def _sqlite(wait_seconds: float) -> dict[str, Any]:
    return {
        # A read lock that turns into a write lock half-way fails at once under WAL; taking it first waits.
        "transaction_mode": "IMMEDIATE",
        "timeout": wait_seconds,
        # A longer log is copied back less often: pages that every transaction changes are written once for many.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-12000;"
        " PRAGMA wal_autocheckpoint=4000;",
    }
