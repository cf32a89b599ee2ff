"""A database of an earlier version is refused with a sentence, and not touched."""

import os
import sqlite3
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.migrations.recorder import MigrationRecorder

from config import former, preflight

SENTENCE = "made by another version of Throughline"


@pytest.fixture
def of_before(db):
    """A migration of ours that this version does not have."""
    MigrationRecorder.Migration.objects.create(app="activity", name="0004_engine")


def test_a_database_of_this_version_is_used(db):
    former.refuse()
    assert list(preflight.database_faults()) == []


def test_one_of_another_version_is_refused_before_anything_starts(of_before):
    with pytest.raises(ImproperlyConfigured, match=SENTENCE):
        former.refuse()
    assert [SENTENCE in fault for fault in preflight.database_faults()] == [True]


def test_a_migration_of_a_library_that_is_gone_is_no_reason(db):
    MigrationRecorder.Migration.objects.create(app="account", name="0099_gone")
    former.refuse()


def test_migrate_says_so_and_changes_nothing(tmp_path):
    with sqlite3.connect(tmp_path / "db.sqlite3") as made_before:
        made_before.execute("CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app, name, applied)")
        made_before.execute("INSERT INTO django_migrations VALUES (1, 'sync', '0003_engine', '2026-01-01')")
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    migrate = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        env={**kept, "DATA_DIR": str(tmp_path), "ENV_FILE": os.devnull},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert migrate.returncode == 1
    assert SENTENCE in migrate.stderr
    assert "Traceback" not in migrate.stderr
    with sqlite3.connect(tmp_path / "db.sqlite3") as after:
        assert after.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [
            ("django_migrations",)
        ]
