"""Several operating-system processes and one single-use refresh token, on both databases."""

import json
import os
import shutil
import subprocess
import uuid
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet

from tests import ready, warm
from tests.ghl.conftest import CALLBACK, code_for
from tests.ghl.racers import race, racers
from tests.postgres import drop_database

ROOT = Path(__file__).parents[2]
GIVEN = os.environ.get("DATABASE_URL", "")
# The server's own database always exists; the one that DATABASE_URL names may only come with a test run.
SERVER = (GIVEN if GIVEN.startswith("postgres") else "postgres://postgres@127.0.0.1:5432/test").rpartition("/")[0]


@pytest.fixture
def embedded(tmp_path):
    """The environment of an installation on its own SQLite file."""
    folder = shutil.copytree(ready.migrated(), tmp_path / "data", symlinks=True)
    return {"DATA_DIR": str(folder), "DATABASE_URL": ""}


@pytest.fixture
def on_postgres(tmp_path):
    """The environment of an installation on a PostgreSQL database of its own."""
    name = f"throughline_tokens_{uuid.uuid4().hex[:8]}"
    try:
        server = psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=5)
    except psycopg.OperationalError:
        if os.environ.get("CI"):
            raise
        pytest.skip("no PostgreSQL answers on the address of DATABASE_URL or on 127.0.0.1:5432")
    with server:
        server.execute(f"CREATE DATABASE {name}")
        server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        yield {
            "DATA_DIR": str(tmp_path),
            "DATABASE_URL": f"{SERVER}/{name}",
            "SECRET_KEY": uuid.uuid4().hex * 2,
            "SECRETS_KEYS": Fernet.generate_key().decode(),
        }
    drop_database(name, f"{SERVER}/postgres")


@pytest.fixture(params=["embedded", pytest.param("on_postgres", marks=pytest.mark.postgres)])
def installation(request, ghl):
    """Its environment, with its tables made and the sandbox as GHL."""
    mine = request.getfixturevalue(request.param)
    whole = {
        **os.environ,
        **mine,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "GHL_API_BASE_URL": ghl.url,
        "GHL_CLIENT_ID": ghl.hello["client_id"],
        "GHL_CLIENT_SECRET": ghl.hello["client_secret"],
        "GHL_REDIRECT_URI": CALLBACK,
    }
    if mine["DATABASE_URL"]:
        finished(whole, "manage.py", "migrate", "--verbosity", "0")
    return whole


def python(installation, *arguments, **rest):
    return warm.Process(arguments, cwd=ROOT, env=installation, stdout=subprocess.PIPE, text=True, **rest)


def finished(installation, *arguments):
    process = python(installation, *arguments)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


def test_ten_processes_that_find_an_expired_token_rotate_it_once(installation, ghl):
    answer = finished(
        installation, "manage.py", "connect", "--oauth-code", code_for(ghl, ghl.location_id), "--json"
    )
    connection = json.loads(answer.splitlines()[-1])["connection"]
    # Slow enough that every process is inside before the first has its answer.
    ghl.admin("latency", {"range": "400"})
    try:
        with racers(installation, connection, 10) as started:
            tokens = race(started)
    finally:
        ghl.admin("latency", {"range": "0"})

    assert len(tokens) == 1
    assert ghl.counts()["rotations"] == 1
    assert ghl.counts()["grace_answers"] == 0  # nor did anybody lean on GHL's patience
