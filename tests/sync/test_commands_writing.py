"""The commands that write: one JSON object, the exit status, and nothing sent that would be refused."""

import io
import json
import time
from datetime import UTC, datetime
from functools import partial
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from integrations.activity.models import Business, Calendar, RemoteUser
from integrations.connections.ports import Duplicate, Permanent, Transient
from integrations.sync import commands
from integrations.sync.models import SyncRun, Write
from integrations.sync.models.options import Option
from integrations.sync.push.fields import read_value, tomorrow_morning
from tests.sync.conftest import DAY, a_contact, a_note, a_task, an_appointment

pytestmark = pytest.mark.django_db(transaction=True)


def answer(*arguments):
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue().splitlines()[-1])


def failed(*arguments):
    """(exit status, JSON if there is any, sentence)."""
    out = io.StringIO()
    with pytest.raises(CommandError) as raised:
        call_command(*arguments, "--json", stdout=out, stderr=io.StringIO())
    lines = out.getvalue().splitlines()
    return raised.value.returncode, json.loads(lines[-1]) if lines else None, str(raised.value)


def write(operation, /, *flags, **data):
    return ("write", operation, "--data", json.dumps(data), *flags)


@pytest.fixture(autouse=True)
def account(full, remote, connection):
    remote.add(a_contact(1, email="dana@cedar.example", tags=("lead",)), a_contact(2))
    remote.add(a_task(1), a_note(1), an_appointment(1))
    full()
    for model, remote_id in ((RemoteUser, "u1"), (Calendar, "k1"), (Business, "b1")):
        place = {"connection": connection, "workspace": connection.workspace}
        model.objects.create(remote_id=remote_id, name=remote_id, fetched_at=DAY, **place)
    remote.calls.clear()
    return connection


@pytest.mark.parametrize(
    ("operation", "data"),
    [
        ("contact.create", {"name": "Lucía", "email": "l@cedar.example", "tags": ["fair"], "owner_id": "u1"}),
        ("contact.update", {"id": "c1", "first_name": "D", "source": None}),
        ("contact.delete", {"id": "c1"}),
        ("contact.set_business", {"ids": ["c1"], "business_id": "b1"}),
        ("contact.add_tags", {"ids": ["c1"], "tags": ["vip"]}),
        ("contact.remove_tags", {"ids": ["c1"], "tags": ["lead"]}),
        ("task.create", {"contact_id": "c1", "title": "Call", "due_at": "2026-12-01T09:00:00Z"}),
        ("task.update", {"id": "t1", "title": "Call back", "body": None}),
        ("task.complete", {"id": "t1"}),
        ("task.delete", {"id": "t1"}),
        ("note.create", {"contact_id": "c1", "body": "Spoke", "user_id": "u1", "pinned": True, "colour": "#fff"}),
        ("note.update", {"id": "n1", "body": "Spoke again", "title": None}),
        ("note.pin", {"id": "n1"}),
        ("note.delete", {"id": "n1"}),
        ("appointment.create", {"contact_id": "c1", "calendar_id": "k1", "start_at": "2026-12-01T09:00:00Z"}),
        ("appointment.update", {"id": "a1", "start_at": "2026-12-01T09:00:00Z"}),
        ("appointment.update", {"id": "a1", "status": "cancelled"}),
    ],
)
def test_every_operation_is_sent_read_back_and_confirmed(remote, operation, data):
    got = answer(*write(operation, **data))

    assert got["state"] == "confirmed"
    assert got["id"] or "ids" in data
    assert len(remote.writes) == 1


@pytest.mark.parametrize(("said", "value"), [("true", True), (" Yes ", True), ("False", False), ("no", False)])
def test_yes_and_no_may_be_said_in_words(account, said, value):
    assert read_value("note.update", "is_pinned", said, account) is value


@pytest.mark.parametrize("column", ["title", "first_name", "last_name", "name", "company", "source", "phone"])
def test_what_stands_on_one_line_is_written_on_one(account, column):
    operation = "task.update" if column == "title" else "contact.update"
    assert read_value(operation, column, " +1 802\n555 0117 ", account) == "+1 802 555 0117"


def test_a_time_that_is_not_offered_is_booked_where_that_is_asked_for(account):
    start = {"calendar_id": "k1", "start_at": "2026-12-01T09:00:00Z"}
    answer(*write("appointment.create", contact_id="c1", ignore_free_slot_validation=True, **start))

    assert Write.objects.get().options == {Option.IGNORES_SLOTS: True}


@pytest.mark.parametrize("status", ["new", "confirmed", "cancelled", "showed", "noshow", "invalid"])
def test_a_meeting_may_have_any_status_that_ghl_has(account, status):
    assert read_value("appointment.update", "status", status, account) == status


def test_a_meeting_that_is_moved_keeps_its_length(remote):
    answer(*write("appointment.update", id="a1", start_at="2026-12-01T09:00:00Z"))

    moved = remote.holds["appointments"]["a1"]
    assert (moved.end_at - moved.start_at).total_seconds() == 3600


def test_a_task_without_a_date_is_due_tomorrow_at_nine_over_there(remote, account):
    account.workspace.timezone = "America/New_York"
    account.workspace.save()
    answer(*write("task.create", contact_id="c1", title="Call"))

    made = remote.holds["tasks"][Write.objects.get().remote_id]
    assert f"{made.due_at.astimezone(ZoneInfo('America/New_York')):%H:%M}" == "09:00"


def test_that_morning_is_of_the_next_day_over_there(account):
    account.workspace.timezone = "America/New_York"
    evening = datetime(2026, 3, 3, 2, tzinfo=UTC)  # of the second, over there

    assert tomorrow_morning(account, evening) == datetime(2026, 3, 3, 14, tzinfo=UTC)


def test_many_contacts_are_told_apart(remote):
    remote.fail("write", "contacts", Permanent("Never."))

    status, got, _ = failed(*write("contact.add_tags", ids=["c1", "c2"], tags=["vip"]))

    assert (status, got["id"]) == (1, None)
    assert sorted(got["ids"]["done"] + got["ids"]["failed"]) == ["c1", "c2"]
    assert len(got["ids"]["failed"]) == 1


@pytest.mark.parametrize(
    ("operation", "data", "words"),
    [
        ("note.burn", {}, "no operation note.burn"),
        ("note.create", {"contact_id": "c1", "body": " "}, "needs a body"),
        ("note.create", {"contact_id": "c1", "body": "<p>&nbsp;</p><ul><li></li></ul>"}, "needs a body"),
        ("note.create", {"contact_id": "c9", "body": "x"}, "c9 is not in the cache"),
        ("note.create", {"body": "x"}, "id of the contact is missing"),
        ("note.create", {"contact_id": "c1", "body": "x", "colourful": 1}, "no field colourful"),
        ("note.create", {"contact_id": "c1", "body": "x", "user_id": "u9"}, "u9 is not known"),
        ("note.create", {"contact_id": "c1", "body": 3}, "must be a text"),
        ("note.update", {"id": "n9", "body": "x"}, "n9 is not in the cache"),
        ("note.update", {"id": "n1"}, "needs a field"),
        ("note.update", {"id": "", "body": "x"}, "id of the note is missing"),
        ("note.update", {"id": 3, "body": "x"}, "id of the note is missing"),
        ("note.update", {"id": "n1", "contact_id": "c1", "body": "x"}, "no field contact_id"),
        ("task.create", {"contact_id": "c1", "title": ""}, "needs a title"),
        ("task.create", {"contact_id": "c1", "id": "t1", "title": "Call"}, "no field id"),
        ("task.create", {"contact_id": "c1", "ids": ["t1"], "title": "Call"}, "no field ids"),
        ("task.update", {"id": "t1", "due_at": None}, "cannot be emptied"),
        ("task.update", {"id": "t1", "due_at": "soon"}, "must be a date"),
        ("task.update", {"id": "t1", "owner_remote_id": "u1"}, "no field owner_remote_id"),
        ("task.update", {"ids": ["t1"], "title": "x"}, "changes one record"),
        ("contact.create", {"company": "Cedar"}, "needs a"),
        ("contact.create", {"contact_id": "c1", "name": "Dana"}, "no field contact_id"),
        ("contact.create", {"email": "dana@"}, "not an email address"),
        ("contact.create", {"phone": "12"}, "not a phone number"),
        ("contact.update", {"id": "c1", "tags": ["x"]}, "no field tags"),
        ("contact.update", {"id": "c1", "business_id": "b1"}, "no field business_id"),
        ("contact.update", {"id": "c1", "company": None}, "cannot be emptied"),
        ("contact.update", {"id": "c1", "custom_fields": {"nope": 1}}, "nope is not known"),
        ("contact.update", {"id": "c1", "name": "Lu Paz", "first_name": "Luz"}, "either the name, or"),
        ("contact.add_tags", {"id": "c1", "tags": []}, "at least one tag"),
        ("contact.add_tags", {"id": "c1", "tags": ["x", " "]}, "list of words"),
        ("contact.add_tags", {"id": "c1", "tags": "x"}, "list of words"),
        ("contact.add_tags", {"ids": [], "tags": ["x"]}, "list of ids"),
        ("appointment.create", {"contact_id": "c1", "calendar_id": "k1"}, "needs a start."),
        ("contact.add_tags", {"ids": "c1", "tags": ["x"]}, "list of ids"),
        ("appointment.create", {"contact_id": "c1", "start_at": "2026-12-01T09:00:00Z"}, "needs a calendar"),
        (
            "appointment.create",
            {
                "contact_id": "c1",
                "calendar_id": "k1",
                "start_at": "2026-12-01T09:00:00Z",
                "end_at": "2026-12-01T09:00:00Z",
            },
            "end must be after",
        ),
        ("appointment.update", {"id": "a1", "end_at": "2020-01-01T09:00:00Z"}, "end must be after"),
        ("appointment.update", {"id": "a1", "status": "maybe"}, "is one of"),
    ],
)
def test_what_would_be_refused_is_no_call(remote, operation, data, words):
    status, got, said = failed(*write(operation, **data))

    assert (status, got) == (2, None)
    assert words in said
    assert (remote.calls, Write.objects.count()) == ([], 0)


@pytest.mark.parametrize("data", ["{", "[]", "3"])
def test_data_must_be_an_object(data):
    assert failed("write", "note.create", "--data", data)[0] == 2


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        ({"name": None}, {"first_name": "", "last_name": ""}),
        ({"name": "", "first_name": "Lu"}, {"first_name": "Lu", "last_name": ""}),
        ({"name": "Lu Paz", "first_name": "Lu", "last_name": "Paz"}, {"first_name": "Lu", "last_name": "Paz"}),
        ({"name": "Lu Paz"}, {"name": "Lu Paz"}),
    ],
)
def test_a_name_is_sent_as_the_two_fields_it_is_made_of_where_they_are_known(remote, data, sent):
    number = answer(*write("contact.update", "--queue", id="c1", **data))["write"]
    assert Write.objects.get(pk=number).changes == sent


def test_what_is_deleted_already_is_confirmed_as_such_and_takes_no_other_change(remote):
    answer(*write("task.delete", id="t1"))
    remote.calls.clear()

    assert answer(*write("task.delete", id="t1")) == {
        "write": None,
        "state": "confirmed",
        "reason": "Nothing to send: the record has these values already.",
        "id": "t1",
    }
    status, _, said = failed(*write("task.update", id="t1", title="Call back"))
    assert (status, said) == (2, "The task t1 was deleted.")
    assert remote.calls == []


def test_a_read_only_connection_refuses_before_the_data_is_looked_at(remote):
    remote.may_write = False

    status, got, said = failed("write", "note.burn", "--data", "{")

    assert (status, got["state"]) == (1, "refused")
    assert "for reading" in said
    assert remote.calls == []


def test_what_stands_so_already_is_confirmed_without_a_call(remote):
    got = answer(*write("contact.add_tags", id="c1", tags=["LEAD"]))

    assert (got["write"], got["state"], got["id"]) == (None, "confirmed", "c1")
    assert remote.calls == []


def test_what_waits_to_be_sent_is_not_said_to_be_confirmed(remote):
    first = answer(*write("contact.add_tags", "--queue", ids=["c1", "c2"], tags=["vip", "roof"]))
    again = answer(*write("contact.add_tags", "--queue", ids=["c1", "c2"], tags=["vip"]))

    assert (again["state"], again["write"]) == ("queued", first["write"])
    assert Write.objects.count() == 2
    assert answer(*write("contact.add_tags", id="c2", tags=["roof"]))["state"] == "confirmed"
    assert remote.holds["contacts"]["c2"].tags == ("vip", "roof")


def test_many_records_cost_no_statement_each(django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        answer(*write("contact.add_tags", "--queue", ids=["c1", "c2"], tags=["vip"]))


def test_a_queued_one_is_left_to_the_workers(remote):
    assert answer(*write("task.complete", "--queue", id="t1"))["state"] == "queued"
    assert remote.writes == []


def test_a_duplicate_is_adopted_filled_in_and_crossed(remote):
    remote.fail("write", "contacts", Duplicate("There already.", remote_id="c1"))

    got = answer(*write("contact.create", email="dana@cedar.example", phone="+18025550117", first_name="Dan"))

    assert (got["state"], got["id"]) == ("confirmed", "c1")
    assert "already" in got["reason"]
    assert remote.holds["contacts"]["c1"].phone == "+18025550117"
    (conflict,) = answer("conflicts")["conflicts"]
    assert (conflict["field"], conflict["mine"], conflict["theirs"]) == ("first_name", "Dan", "Dana")


@pytest.mark.parametrize(("take", "stays"), [("mine", "Call back"), ("theirs", "Write"), ("=Both", "Both")])
def test_a_conflict_is_listed_and_settled(remote, take, stays):
    remote.add(a_task(1, title="Write"))
    status, got, _ = failed(*write("task.update", id="t1", title="Call back", body="Roof"))
    assert (status, got["state"], remote.holds["tasks"]["t1"].body) == (1, "conflict", "Roof")
    (conflict,) = answer("conflicts")["conflicts"]
    assert {name: conflict[name] for name in ("write", "kind", "id", "field", "base", "mine", "theirs")} == {
        "write": got["write"],
        "kind": "task",
        "id": "t1",
        "field": "title",
        "base": "Call",
        "mine": "Call back",
        "theirs": "Write",
    }

    settled = answer("resolve", "--conflict", str(conflict["conflict"]), "--take", take)

    assert settled["state"] == "confirmed"
    assert remote.holds["tasks"]["t1"].title == stays
    assert answer("conflicts")["conflicts"] == []


def test_where_nothing_may_be_written_any_more_theirs_can_be_taken_all_the_same(remote, connection):
    remote.add(a_task(1, title="Write"))
    failed(*write("task.update", id="t1", title="Call back", body="Roof"))
    number = str(answer("conflicts")["conflicts"][0]["conflict"])
    connection.may_write = False
    connection.save()

    status, got, _ = failed("resolve", "--conflict", number, "--take", "mine")
    assert (status, got["error"]) == (1, "This account is connected for reading. An admin can allow writing.")
    remote.writes.clear()
    assert answer("resolve", "--conflict", number, "--take", "theirs")["state"] == "confirmed"
    assert not remote.writes


def test_a_conflict_that_is_none_or_is_settled_cannot_be_settled(remote):
    assert failed("resolve", "--conflict", "9", "--take", "mine")[0] == 1
    remote.add(a_task(1, title="Write"))
    failed(*write("task.update", id="t1", title="Call back"))
    number = str(answer("conflicts")["conflicts"][0]["conflict"])
    assert failed("resolve", "--conflict", number, "--take", "yours")[0] == 2
    answer("resolve", "--conflict", number, "--take", "theirs")
    assert failed("resolve", "--conflict", number, "--take", "mine")[0] == 1


def test_what_failed_is_listed_retried_and_dropped(remote):
    remote.fail("write", "tasks", Permanent("Never."), Permanent("Never."))
    number = failed(*write("task.complete", id="t1"))[1]["write"]
    (listed,) = answer("writes")["writes"]
    assert (listed["write"], listed["op"], listed["state"], listed["id"]) == (
        number,
        "task.complete",
        "failed",
        "t1",
    )
    assert listed["wished_at"]
    assert listed["settled_at"]

    status, again, _ = failed("retry", "--write", str(number))
    assert (status, again["state"]) == (1, "failed")
    assert answer("drop", "--write", str(again["write"]))["state"] == "dismissed"
    assert answer("writes")["writes"] == []
    assert len(answer("writes", "--all")["writes"]) == 2
    assert len(answer("writes", "--state", "dismissed")["writes"]) == 2


def test_a_retry_that_is_refused_is_told_as_a_write_is(remote, account):
    remote.add(a_task(1, title="Write"))
    crossed = failed(*write("task.update", id="t1", title="Call back"))[1]
    status, told, said = failed("retry", "--write", str(crossed["write"]))
    assert (status, told["state"], told["id"]) == (1, "conflict", "t1")
    assert told["write"] == crossed["write"]
    assert told["reason"] == said == "Two people changed this. Choose which value to keep first."

    remote.fail("write", "notes", Permanent("Never."))
    number = failed(*write("note.pin", id="n1"))[1]["write"]
    type(account).objects.update(may_write=False)
    status, told, _ = failed("retry", "--write", str(number))
    assert (status, told["state"], told["write"]) == (1, "refused", number)
    assert "connected for reading" in told["reason"]


def test_a_dropped_one_that_waits_is_never_sent(remote):
    number = answer(*write("task.complete", "--queue", id="t1"))["write"]

    assert answer("drop", "--write", str(number))["state"] == "undone"
    assert answer("work", "--until-idle")["writes"] == 0
    assert remote.writes == []


def test_a_refusal_of_the_moment_is_waited_out(remote):
    remote.fail("write", "tasks", Transient("Busy.", maybe_delivered=False))

    assert answer(*write("task.complete", id="t1"))["state"] == "confirmed"


def test_work_sends_changes_of_several_records_side_by_side(remote):
    for contact in ("c1", "c2"):
        answer(*write("note.create", "--queue", contact_id=contact, body="Spoke"))
    remote.on_write = Barrier(2, timeout=20).wait

    assert answer("work", "--until-idle")["writes"] == 2
    assert set(Write.objects.values_list("state", flat=True)) == {"confirmed"}


def test_work_begins_no_change_after_its_time_and_the_next_one_sends_the_rest(remote):
    for number in range(12):
        answer(*write("note.create", "--queue", contact_id="c1", body=f"Spoke {number}"))
    remote.on_write = partial(time.sleep, 0.3)

    status, _, said = failed("work", "--until-idle", "--timeout", "0.2")
    left = Write.objects.filter(state="queued").count()

    assert (status, said) == (1, "Not everything was done within 0.2 s. Run it again.")
    assert len(remote.writes) + left == 12
    assert left
    answer("work", "--until-idle")
    assert len(remote.writes) == 12


def test_work_sends_between_two_slices_of_a_run_what_is_wished_meanwhile(remote, account, settings):
    settings.SYNC_SLICE_SECONDS = 0
    run = commands.sync_now(connection=account, actor=None, full=True)
    remote.calls = Wishing(lambda: answer(*write("note.create", "--queue", contact_id="c1", body="Spoke")))

    meanwhile = []
    remote.on_write = lambda: meanwhile.append(SyncRun.objects.get(pk=run.pk).state)

    answer("work", "--until-idle")

    assert meanwhile == ["running"]
    assert SyncRun.objects.get(pk=run.pk).state == "done"


class Wishing(list):
    """What was called; with the first call somebody wishes something."""

    def __init__(self, wish):
        super().__init__()
        self.wish = wish

    def append(self, call):
        super().append(call)
        if len(self) == 1:
            self.wish()
