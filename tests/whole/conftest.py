"""Sandboxes and installations as processes of their own, on SQLite or on the PostgreSQL that the run is given."""

import os
import shutil
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg
import pytest

from tests import ready
from tests.sandbox.process import running
from tests.whole.installation import Installation

EVEN = ("--contacts", "1000", "--per-contact", "2,2,1")
# Both sides allow so much that only the work itself takes time.
UNLIMITED = {"GHL_BURST_LIMIT": 1_000_000, "GHL_DAILY_LIMIT": 100_000_000}


SERVER = os.environ.get("DATABASE_URL", "") if os.environ.get("DATABASE_URL", "").startswith("postgres") else ""
DROPPING, DROPPED = ThreadPoolExecutor(1), []


def new_database(template=""):
    """A database of its own on the server of DATABASE_URL."""
    name = f"throughline_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
        # No test takes the power away, so nobody waits for the disk.
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    return name


def drop_database(name, server=SERVER):
    """Soon: the server first writes to its disk whatever any test has changed, which may take it half a minute."""
    DROPPED.append(DROPPING.submit(_drop, name, server))


def _drop(name, server):
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def pytest_sessionfinish():
    for dropped in DROPPED:
        dropped.result()


def url_of(name):
    return SERVER.rpartition("/")[0] + f"/{name}"


def database_of_redis(number):
    """The address of a database of this test process on the broker's server; "" where messages are files."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    number += 2 * (worker % 4)
    parts = urlsplit(os.environ.get("CELERY_BROKER_URL", ""))
    return parts._replace(path=f"/{number}").geturl() if parts.netloc else ""


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A migrated installation to copy from, since migrating takes longer than most tests: (folder, database)."""
    if not SERVER:
        yield ready.migrated(), ""
        return
    folder, database = tmp_path_factory.mktemp("template"), new_database()
    with running("--contacts", "1") as sandbox:
        Installation(folder, sandbox, database_url=url_of(database)).migrate()
    yield folder, database
    drop_database(database)


@pytest.fixture
def install(tmp_path, migrated):
    """Set an installation up against a sandbox: migrated, not connected."""
    made, databases = [], []
    template, template_database = migrated

    def set_up(sandbox, **settings):
        number = len(made)
        folder = shutil.copytree(template, tmp_path / f"data{number}", symlinks=True)
        url = ""
        if SERVER:
            databases.append(new_database(template_database))
            url = url_of(databases[-1])
        # A Redis database of its own: workers of other tests must not take what these ring for.
        broker = database_of_redis(8) if SERVER else ""
        installation = Installation(
            folder, sandbox, database_url=url, broker_url=broker, **{**UNLIMITED, **settings}
        )
        made.append(installation)
        return installation

    yield set_up
    for installation in made:
        installation.end()
    for name in databases:
        drop_database(name)


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
