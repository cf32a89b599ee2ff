"""An account connected to a sandbox of its own, and the three questions that every fault is asked afterwards."""

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection as database

from integrations.activity.models import Task
from integrations.connections.models import Connection
from integrations.sync import commands, jobs
from integrations.sync.models import SyncRun, Write
from tests.faults import questions
from tests.ghl.conftest import CALLBACK, code_for
from tests.sandbox.process import running
from tests.whole.installation import PATIENCE
from tests.whole.truth import differences

UNLIMITED = ("--rate-limit", "1000000/10/100000000")


@dataclass
class Account:
    """A connected sub-account, in this process; what changes over there, and what becomes of it here."""

    sandbox: object
    folder: object

    @property
    def connection(self):
        return Connection.objects.select_related("workspace").get(external_id=self.sandbox.location_id)

    def sync(self, *, full=True, seconds=PATIENCE):
        """A run to its end, with whatever else is due meanwhile; the run as it then is."""
        kind = SyncRun.Kind.FULL if full else None
        run, _ = jobs.start_run(self.connection, trigger=SyncRun.Trigger.COMMAND, kind=kind)
        _, idle = jobs.work_until_idle(timeout=seconds)
        assert idle, "something was still due when the time was over"
        run.refresh_from_db()
        return run

    def begin(self):
        """A run that nobody works on yet."""
        run, _ = jobs.start_run(self.connection, trigger=SyncRun.Trigger.COMMAND, kind=SyncRun.Kind.FULL)
        return run

    def change(self, kind, action, **rest):
        return self.sandbox.admin("mutate", {"kind": kind, "action": action, **rest})

    def truth(self, kind):
        return [row for row in self.sandbox.state(kinds=kind) if not row["deleted"]]

    def live(self):
        """Things change over there: one of each is added, edited, removed."""
        first, second, last = (
            contact["id"] for contact in (*self.truth("contact")[:2], self.truth("contact")[-1])
        )
        self.change("contact", "update", id=first, fields={"phone": "+15550142"})
        self.change("note", "create", contact_id=first, fields={"body": "Called back."})
        task = next(row for row in self.truth("task") if row["contactId"] not in (first, last))
        self.change("task", "update", id=task["id"], contact_id=task["contactId"], fields={"title": "Moved"})
        self.change("contact", "delete", id=last)
        self.change("note", "create", contact_id=second, fields={"body": "Left a message."})

    def wish(self, count=2):
        """People tick so many open tasks; nothing is sent yet."""
        unticked = Task.objects.open().exclude(contact=None).exclude(pk__in=Write.objects.values("target_id"))
        for task in list(unticked.order_by("remote_id")[:count]):
            commands.write("task.complete", task, actor=None, undo_seconds=0)

    def differences(self):
        path = self.folder / "export.jsonl"
        call_command("export", connection=str(self.connection.pk), out=path, verbosity=0)
        return differences(self.sandbox.state(), path)

    def doubled(self):
        return questions.doubled(self.sandbox, questions.writes())

    def untold(self):
        return questions.untold()


@pytest.fixture
def account(settings, tmp_path, transactional_db):
    """Connected by OAuth and read once, before anything goes wrong."""
    with running("--contacts", "14", "--per-contact", "2,2,1", *UNLIMITED) as sandbox:
        settings.GHL_API_BASE_URL = sandbox.url
        settings.GHL_CLIENT_ID = sandbox.hello["client_id"]
        settings.GHL_CLIENT_SECRET = sandbox.hello["client_secret"]
        settings.GHL_BURST_LIMIT, settings.GHL_DAILY_LIMIT = 1_000_000, 100_000_000
        settings.GHL_TIMEOUT = 1
        settings.SYNC_LEASE_SECONDS = 1
        code = code_for(sandbox, sandbox.location_id)
        call_command("connect", oauth_code=code, redirect_uri=CALLBACK, verbosity=0)
        made = Account(sandbox, tmp_path)
        assert made.sync().state == SyncRun.State.DONE
        sandbox.admin("reset-counts")
        yield made


@contextmanager
def held_database():
    """Somebody else holds the database: everybody can read, nobody can write until the block ends."""
    facts = database.settings_dict
    if database.vendor == "sqlite":
        holder = sqlite3.connect(facts["NAME"], isolation_level=None, timeout=10)
        holder.execute("BEGIN IMMEDIATE")
    else:
        holder = psycopg.connect(
            host=facts["HOST"],
            port=facts["PORT"],
            user=facts["USER"],
            password=facts["PASSWORD"],
            dbname=facts["NAME"],
        )
        tables = ", ".join(database.introspection.table_names())
        holder.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE")
    try:
        yield
    finally:
        holder.rollback()
        holder.close()


@contextmanager
def full_database(table):
    """No row can be added to a table: SQLite's file may not grow, PostgreSQL answers as on a full disk."""
    with database.cursor() as cursor:
        if database.vendor == "sqlite":
            cursor.execute("VACUUM")  # pages that other tests have left free would be room
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        else:
            cursor.execute(FULL_DISK.format(table=table))
        try:
            yield
        finally:
            if database.vendor == "sqlite":
                cursor.execute("PRAGMA max_page_count = 1073741823")
            else:
                cursor.execute(f"DROP TRIGGER full_disk ON {table}; DROP FUNCTION full_disk()")


FULL_DISK = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION full_disk();
"""
