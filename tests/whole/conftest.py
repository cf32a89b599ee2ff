"""Sandboxes and installations as processes of their own, on SQLite or on the PostgreSQL that the run is given."""

import os
import shutil
from urllib.parse import urlsplit

import pytest

from tests import postgres, ready
from tests.postgres import SERVER, drop_database, new_database, url_of
from tests.sandbox.process import running
from tests.whole.installation import Installation

EVEN = ("--contacts", "1000", "--per-contact", "2,2,1")
# Both sides allow so much that only the work itself takes time.
UNLIMITED = {"GHL_BURST_LIMIT": 1_000_000, "GHL_DAILY_LIMIT": 100_000_000}


def database_of_redis(number):
    """The address of a database of this test process on the broker's server; "" where messages are files."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    number += 2 * (worker % 4)
    parts = urlsplit(os.environ.get("CELERY_BROKER_URL", ""))
    return parts._replace(path=f"/{number}").geturl() if parts.netloc else ""


@pytest.fixture(scope="session")
def migrated():
    """A migrated installation to copy from, since migrating takes longer than most tests: (folder, database)."""
    return postgres.migrated() if SERVER else (ready.migrated(), "")


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
