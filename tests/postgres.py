"""Databases on the PostgreSQL server of DATABASE_URL, and the migrated one that all of a run's are copied from."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from django.conf import settings

from tests import ready, warm

SERVER = os.environ.get("DATABASE_URL", "") if os.environ.get("DATABASE_URL", "").startswith("postgres") else ""
DROPPING, DROPPED = ThreadPoolExecutor(1), []


def url_of(name: str) -> str:
    return SERVER.rpartition("/")[0] + f"/{name}"


def new_database(template: str = "") -> str:
    """A database of its own."""
    name = f"throughline_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
        # No test takes the power away, so nobody waits for the disk.
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    return name


def drop_database(name: str, server: str = SERVER) -> None:
    """Soon: the server first writes to its disk whatever any test has changed, which may take it half a minute."""
    DROPPED.append(DROPPING.submit(_drop, name, server))


def finish() -> None:
    """At the end of a process of tests: wait for what it drops."""
    for dropped in DROPPED:
        dropped.result()


def migrated() -> tuple[Path, str]:
    """(data folder, database) of an installation with its tables and nothing in them, made once a run to copy."""
    folder = Path(settings.DATA_DIR) / "ready-postgres"
    with ready.one_at_a_time(folder):
        if not folder.exists():
            _migrate(folder)
    return folder, _note_of(folder).read_text()


def drop_migrated() -> None:
    """At the end of the run."""
    note = _note_of(Path(settings.DATA_DIR) / "ready-postgres")
    if note.exists():
        _drop(note.read_text(), SERVER)


def _migrate(folder: Path) -> None:
    database, draft = new_database(), folder.with_suffix(".draft")
    _note_of(folder).write_text(database)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GHL_", "PYTEST_"))} | {
        "DATA_DIR": str(draft),
        "DATABASE_URL": url_of(database),
        "ENV_FILE": os.devnull,
    }
    warm.run(["manage.py", "migrate", "--verbosity", "0"], cwd=ready.ROOT, env=env).check_returncode()
    draft.rename(folder)


def _note_of(folder: Path) -> Path:
    return folder.with_suffix(".database")


def _drop(name: str, server: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
