"""The command line keeps its promises: one JSON object, one sentence on failure, the right exit status."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations.activity.models import Contact, Task
from integrations.connections.models import Connection
from integrations.connections.ports import AuthLost
from integrations.sync import commands, tally
from integrations.sync.management.commands import doctor
from integrations.sync.models import InboundEvent, SyncRun
from integrations.workspace.models import AuditEntry
from tests.sync.conftest import a_contact, a_deal, a_message, a_note, a_task, an_appointment, make_due

pytestmark = pytest.mark.django_db(transaction=True)


def answer(*arguments):
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue().splitlines()[-1])


@pytest.fixture
def connected(connection, remote):
    remote.add(a_contact(1))
    remote.add(a_task(1), a_note(1, body="=1+1"))
    return connection


def test_sync_answers_with_the_run_and_its_streams(connected):
    got = answer("sync")

    assert (got["state"], got["streams"]["contacts"]["added"]) == ("done", 1)
    assert got["requests"] == SyncRun.objects.get().requests


def test_sync_of_a_lost_connection_makes_no_call_and_says_why(connected, remote):
    remote.usable = False

    with pytest.raises(CommandError, match="no longer accepted") as raised:
        answer("sync")
    assert raised.value.returncode == 1
    assert remote.calls == []


def test_sync_that_fails_says_so_in_json_too(connected, remote):
    remote.fail("page", "contacts", AuthLost("The sign-in is no longer accepted."))
    out = io.StringIO()

    with pytest.raises(CommandError):
        call_command("sync", "--json", stdout=out, stderr=io.StringIO())

    assert json.loads(out.getvalue())["error"] == "The sign-in is no longer accepted."


def test_an_unknown_connection_is_named_with_those_there_are(connected):
    with pytest.raises(CommandError, match="Connection nine does not exist"):
        answer("sync", "--connection", "nine")


@pytest.mark.parametrize("asked", [("sync",), ("writes",), ("conflicts",), ("replay", "--event", "1")])
def test_an_identifier_that_came_out_empty_is_no_connection_and_not_all_of_them(connected, asked):
    with pytest.raises(CommandError, match="Connection “” does not exist") as raised:
        answer(*asked, "--connection", "")
    assert raised.value.returncode == 1


def test_complete_task_waits_for_the_proof(connected, remote):
    answer("sync")

    assert answer("complete_task", "--task", "t1")["state"] == "confirmed"
    assert remote.writes == [("t1", True)]
    assert Task.objects.get().is_completed


def test_completing_what_is_completed_sends_nothing(connected, remote):
    answer("sync")
    answer("complete_task", "--task", "t1")

    assert answer("complete_task", "--task", "t1")["state"] == "already"
    assert len(remote.writes) == 1


def test_work_delivers_and_syncs_what_is_due(connected, remote):
    from integrations.sync import commands

    commands.sync_now(connection=connected, actor=None)

    assert answer("work", "--until-idle")["runs"] >= 1
    commands.write("task.complete", Task.objects.get(), actor=None, undo_seconds=0)
    assert answer("work", "--until-idle")["writes"] == 1
    assert remote.writes == [("t1", True)]


def test_export_comes_from_the_columns_not_from_the_payload(connected, tmp_path):
    answer("sync")
    Contact.objects.update(payload={"firstName": "Nobody"}, email="dana@example.com")

    call_command("export", "--out", str(tmp_path / "out.jsonl"))

    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["kind"] for row in rows] == ["contact", "task", "note"]
    assert (rows[0]["first_name"], rows[0]["email"]) == ("Dana", "dana@example.com")
    assert AuditEntry.objects.filter(act="export").count() == 1


def test_a_timeline_export_tells_where_each_item_came_from(connected):
    answer("sync")
    out = io.StringIO()

    call_command("export_timeline", "--contact", "c1", "--format", "json", stdout=out)

    rows = json.loads(out.getvalue())
    assert {row["kind"] for row in rows} == {"note", "task"}
    assert {row["run"] for row in rows} == {SyncRun.objects.get().pk}


def test_no_cell_of_a_csv_export_is_a_formula(connected):
    answer("sync")
    out = io.StringIO()

    call_command("export_timeline", "--contact", "c1", "--format", "csv", stdout=out)

    assert "'=1+1" in out.getvalue()
    empty = [
        name for row in csv.DictReader(io.StringIO(out.getvalue())) for name, cell in row.items() if cell == "'"
    ]
    assert empty == []


@pytest.mark.parametrize("sign", [*"=+-@\t\r\n", *"＝＋－＠"])
def test_no_sign_that_begins_a_formula_begins_a_cell_of_a_csv_export(connection, remote, sign):
    remote.add(a_contact(1), a_note(1, body=f"{sign}1+1", title=f"{sign}A1"))
    answer("sync")
    out = io.StringIO()

    call_command("export_timeline", "--contact", "c1", "--format", "csv", stdout=out)

    [row] = csv.DictReader(io.StringIO(out.getvalue()))
    assert [row[name] for name in ("title", "body") if not row[name].startswith("'")] == []


def test_a_timeline_export_carries_edits_and_what_a_note_said_before(connected, remote):
    answer("sync")
    remote.add(a_task(1, title="Call again", owner_remote_id="u2"), a_note(1, body="Spoke"))
    make_due("c1")
    answer("sync")
    out, cells = io.StringIO(), io.StringIO()

    call_command("export_timeline", "--contact", "c1", "--format", "json", stdout=out)
    call_command("export_timeline", "--contact", "c1", "--format", "csv", stdout=cells)

    rows = {row["kind"]: row for row in json.loads(out.getvalue())}
    assert rows["note"]["earlier_body"] == "=1+1"
    title, owner = rows["change"]["change"]
    assert (rows["change"]["of"], rows["change"]["id"], rows["change"]["title"]) == ("task", "t1", "Call again")
    assert (title["old"], title["new"], owner["new"]) == ("Call", "Call again", "u2")
    lines = {row["kind"]: row for row in csv.DictReader(io.StringIO(cells.getvalue()))}
    assert lines["change"]["change"] == "Title: Call -> Call again; Owner: none -> u2"
    assert lines["note"]["earlier_body"] == "'=1+1"


def test_a_timeline_export_has_the_priority_that_is_kept_here_and_an_export_has_not(connected, tmp_path):
    answer("sync")
    answer("export", "--connection", str(connected.pk), "--out", str(tmp_path / "before"))
    commands.set_priority(Task.objects.get(), "high")
    answer("export", "--connection", str(connected.pk), "--out", str(tmp_path / "after"))
    out, cells = io.StringIO(), io.StringIO()

    call_command("export_timeline", "--contact", "c1", "--format", "json", stdout=out)
    call_command("export_timeline", "--contact", "c1", "--format", "csv", stdout=cells)

    rows = {row["kind"]: row for row in json.loads(out.getvalue())}
    assert rows["task"]["priority"] == "high"
    assert "priority" not in rows["note"]
    lines = {row["kind"]: row["priority"] for row in csv.DictReader(io.StringIO(cells.getvalue()))}
    assert lines == {"task": "high", "note": ""}
    assert (tmp_path / "before").read_bytes() == (tmp_path / "after").read_bytes()


def test_a_csv_export_carries_messages_with_their_attachments(connected, remote):
    files = ("https://files.example/plan.pdf", "https://files.example/photo.jpg")
    remote.add(a_message(1, body="See both", channel="sms", is_inbound=True, attachments=files))
    answer("sync")
    cells = io.StringIO()

    call_command("export_timeline", "--contact", "c1", "--format", "csv", stdout=cells)

    line = next(row for row in csv.DictReader(io.StringIO(cells.getvalue())) if row["kind"] == "message")
    assert (line["channel"], line["inbound"], line["body"]) == ("sms", "True", "See both")
    assert line["attachments"] == "; ".join(files)


def test_a_csv_export_carries_all_that_a_json_export_does(connected, remote):
    remote.add(
        a_task(1, is_completed=True, owner_remote_id="u1"), a_note(1, author_remote_id="u1", is_pinned=True)
    )
    remote.add(an_appointment(1, address="1 Elm Street"), a_message(1), a_deal(1))
    answer("sync")
    out, cells = io.StringIO(), io.StringIO()

    call_command("export_timeline", "--contact", "c1", "--format", "json", stdout=out)
    call_command("export_timeline", "--contact", "c1", "--format", "csv", stdout=cells)

    rows = json.loads(out.getvalue())
    assert {row["kind"] for row in rows} == {"task", "note", "appointment", "message", "opportunity"}
    for row, line in zip(rows, csv.DictReader(io.StringIO(cells.getvalue())), strict=True):
        told = {name: value for name, value in row.items() if value not in (None, "", [])}
        assert {name: line[name] for name in told} == {name: str(value) for name, value in told.items()}


def test_doctor_names_what_is_not_in_order(connected, remote):
    remote.usable = False
    out = io.StringIO()

    with pytest.raises(CommandError, match="connection Cedar North"):
        call_command("doctor", "--json", stdout=out, stderr=io.StringIO())

    findings = {row["check"]: row for row in json.loads(out.getvalue())["findings"]}
    assert findings["database"]["ok"]
    assert findings["broker"]["ok"]
    assert "Start the Celery worker" in findings["worker"]["advice"]


def of_connection():
    (found,) = doctor.connections()
    return found


def test_doctor_tells_of_an_account_that_was_revoked_on_purpose_as_of_a_fact(connected):
    commands.revoke(connection=connected, actor=None)

    found = of_connection()
    assert (found.ok, found.says, found.advice) == (True, "Revoked. Revoked here by an admin.", "")


def test_doctor_finds_an_account_that_was_lost_not_in_order(connected, remote):
    remote.usable = False

    found = of_connection()
    assert (found.ok, found.advice) == (False, "Reconnect it on the Connections page.")


def test_doctor_asks_to_revoke_an_account_whose_app_was_removed_on_purpose(connected):
    Connection.objects.update(state="uninstalled")

    found = of_connection()
    assert not found.ok
    assert found.advice.endswith(
        f"If it was removed on purpose: python manage.py revoke --connection {connected.pk}"
    )
    answer("revoke", "--connection", str(connected.pk))
    assert of_connection().ok


def test_doctor_tells_what_became_of_todays_webhooks(connected):
    now = timezone.now()
    assert list(doctor.webhooks(now)) == []
    kept = {"provider": "fake", "type": "NoteCreate", "signature": "ed25519", "body": b"{}", "received_at": now}
    InboundEvent.objects.create(webhook_id="a", state="received", **kept)
    tally.count("fake", "bad_signature", now)
    [told] = doctor.webhooks(now)
    assert told.says == "Today (UTC): 1 kept, 1 bad signature; 1 waiting to be read."

    lost = InboundEvent.objects.create(webhook_id="b", state="failed", reason="GHL answered 500.", **kept)
    [told] = doctor.webhooks(now)
    assert told.says.endswith(f"The latest that failed is {lost.pk}, NoteCreate: GHL answered 500.")
    assert told.advice == f"Read it again: python manage.py replay --event {lost.pk}"
