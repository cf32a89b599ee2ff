"""Sandboxes and installations as processes of their own, on SQLite or on the PostgreSQL that the run is given."""

import os
import uuid

import psycopg
import pytest

from tests.sandbox.process import running
from tests.whole.installation import Installation

EVEN = ("--contacts", "1000", "--per-contact", "2,2,1")
# Both sides allow so much that only the work itself takes time.
UNLIMITED = {"GHL_BURST_LIMIT": 1_000_000, "GHL_DAILY_LIMIT": 100_000_000}


@pytest.fixture
def database_url():
    """A database of the test's own on the server of DATABASE_URL; "" for the embedded SQLite."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield ""
        return
    name = f"throughline_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield server.rpartition("/")[0] + f"/{name}"
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def install(tmp_path, database_url):
    """Set an installation up against a sandbox: migrated, not connected."""
    made = []

    def set_up(sandbox, **settings):
        number = len(made)
        folder = tmp_path / f"data{number}"
        folder.mkdir()
        broker = os.environ.get("CELERY_BROKER_URL", "") if database_url else ""
        installation = Installation(
            folder, sandbox, database_url=database_url, broker_url=broker, **{**UNLIMITED, **settings}
        )
        installation.migrate()
        made.append(installation)
        return installation

    yield set_up
    for installation in made:
        installation.end()


@pytest.fixture(scope="module")
def even():
    """1,000 contacts with two notes, two tasks and an appointment each; read only."""
    with running(*EVEN, "--rate-limit", "1000000/10/100000000") as sandbox:
        yield sandbox


@pytest.fixture
def fresh():
    """Start a sandbox with these options, for tests that turn its knobs."""
    with_exit = []

    def start(*options):
        context = running(*options)
        with_exit.append(context)
        return context.__enter__()

    yield start
    for context in with_exit:
        context.__exit__(None, None, None)
