"""The database that DATABASE_URL names, else the embedded one, with the options that each kind needs."""

from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

SQLITE, POSTGRESQL = "django.db.backends.sqlite3", "django.db.backends.postgresql"
# Nobody waits minutes for a server that does not answer; a DATABASE_URL may say otherwise.
CONNECT_SECONDS = 5
# A new connection reads the schema and the settings again, on SQLite too, which takes longer than most queries.
KEPT_SECONDS = 60
# PostgreSQL keeps the plan of a page's query when a connection asks it once more.
KEPT_FROM = 1


def configured(url: str, data_dir: Path, *, wait_seconds: float) -> dict[str, Any]:
    """The entry for Django's DATABASES. `wait_seconds` is how long a statement waits for what somebody else holds.

    Raises ImproperlyConfigured for what cannot be a database of this product, without showing its password.
    """
    database = _parsed(url or f"sqlite:///{data_dir / 'db.sqlite3'}")
    if database["ENGINE"] == SQLITE:
        # Threads and processes must see the same database in tests too, so it is a file there as well.
        own = {"TEST": {"NAME": str(data_dir / "test.sqlite3")}, "OPTIONS": _sqlite(wait_seconds)}
        return database | own | {"CONN_MAX_AGE": KEPT_SECONDS}
    options = {
        "prepare_threshold": KEPT_FROM,
        "connect_timeout": CONNECT_SECONDS,
        "options": f"-c lock_timeout={round(wait_seconds * 1000)}",
    } | database.get("OPTIONS", {})
    # An address says it as text; a pooler that changes servers between statements can keep none.
    said = str(options["prepare_threshold"])
    options["prepare_threshold"] = int(said) if said.isdecimal() else None
    return database | {"CONN_MAX_AGE": KEPT_SECONDS, "OPTIONS": options}


def _parsed(url: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError:
        found = {}
    # Processes share the database, so one in memory is none.
    if found.get("ENGINE") not in (SQLITE, POSTGRESQL) or found.get("NAME") in ("", ":memory:"):
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgres://user:password@host:5432/name or sqlite:////path/to/file. "
            "Letters such as @ or / in a password are written as %40 or %2F."
        ) from None
    return found


def _sqlite(wait_seconds: float) -> dict[str, Any]:
    return {
        # A read lock that turns into a write lock half-way fails at once under WAL; taking it first waits.
        "transaction_mode": "IMMEDIATE",
        "timeout": wait_seconds,
        # A longer log is copied back less often: pages that every transaction changes are written once for many.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-12000;"
        " PRAGMA wal_autocheckpoint=8000;",
    }
