"""A new record is made once, whatever becomes of the answer; what nobody can tell is said to be unknown."""

from dataclasses import replace
from datetime import timedelta

import pytest

from integrations.activity.models import Contact, Note, Task
from integrations.connections.ports import Absent, Duplicate, NotPermitted, Permanent, Transient, Unfit
from integrations.sync import commands
from integrations.sync.models import Write
from integrations.sync.models.options import Option
from integrations.sync.push import outbox
from integrations.sync.push.attempt import labels
from integrations.workspace.models import AuditEntry
from tests.sync.conftest import a_contact, a_note

pytestmark = pytest.mark.django_db(transaction=True)
State = Write.State
LOST = Transient("No answer came.")
FAILED = Transient("It has a problem.", was_answered=True)


@pytest.fixture
def contact(full, remote):
    remote.add(a_contact(1), a_note(1))
    full()
    return Contact.objects.get()


@pytest.fixture
def asked(contact, alice, clock):
    """A note that somebody wants to add now."""
    fields = {"body": "Spoke about the roof", "title": "Roof"}
    return commands.create(
        "note.create", contact.connection, fields, contact=contact, actor=alice, now=clock.now, form="f1"
    )


@pytest.fixture
def deliver(clock):
    """Deliver a write so many seconds later, and return how it then stands."""

    def one(write, seconds=0.0):
        clock.now += timedelta(seconds=seconds)
        outbox.deliver(write.pk, clock=clock)
        write.refresh_from_db()
        return write.state

    return one


def lose_the_answer(remote, error=LOST):
    def once():
        remote.on_write = None
        raise error

    remote.on_write = once


def test_a_new_note_is_sent_read_back_and_kept(asked, deliver, remote):
    assert deliver(asked) == State.CONFIRMED

    note = Note.objects.get(remote_id="new2")
    assert (asked.remote_id, asked.target_id) == ("new2", note.pk)
    assert (note.body, note.title) == ("Spoke about the roof", "Roof")
    assert len(remote.writes) == 1


def test_a_form_that_is_sent_twice_creates_once(asked, contact, alice, deliver, remote):
    again = commands.create(
        "note.create", contact.connection, {"body": "x"}, contact=contact, actor=alice, form="f1"
    )

    assert again == asked
    deliver(asked)
    assert len(remote.writes) == 1


@pytest.mark.parametrize("state", [State.UNDONE, State.DISMISSED])
def test_a_form_that_is_sent_again_after_it_was_taken_back_or_put_away_creates_anew(asked, contact, alice, state):
    Write.objects.filter(pk=asked.pk).update(state=state)
    fields = {"body": "Spoke about the roof"}
    again, once_more = (
        commands.create("note.create", contact.connection, fields, contact=contact, actor=alice, form="f1")
        for _ in range(2)
    )

    assert again != asked
    assert again == once_more


def test_the_same_form_of_somebody_else_is_another_one(asked, contact, bob):
    fields = {"body": "Spoke about the roof"}
    theirs = commands.create("note.create", contact.connection, fields, contact=contact, actor=bob, form="f1")

    assert theirs != asked


def test_the_same_form_in_another_account_is_another_one(asked, other_connection, alice):
    fields = {"body": "Spoke about the roof"}
    there = commands.create("note.create", other_connection, fields, actor=alice, form="f1")

    assert (there.connection, there == asked) == (other_connection, False)


def test_after_a_lost_answer_the_one_new_record_is_adopted(asked, deliver, remote):
    lose_the_answer(remote)

    assert deliver(asked) == State.QUEUED
    assert deliver(asked, 5) == State.CONFIRMED
    assert (asked.remote_id, len(remote.writes)) == ("new2", 1)


def test_a_record_like_it_that_was_there_before_is_not_taken_for_it(contact, alice, clock, deliver, remote):
    remote.add(a_note(7, body="Spoke about the roof"))
    asked = commands.create(
        "note.create", contact.connection, {"body": "Spoke about the roof"}, contact=contact, actor=alice
    )
    clock.now = asked.not_before
    lose_the_answer(remote)

    deliver(asked)
    assert deliver(asked, 5) == State.CONFIRMED
    assert asked.remote_id == "new3"


def test_without_a_trace_it_is_unknown_and_never_sent_again_by_itself(asked, deliver, remote):
    remote.fail("write", "notes", LOST)

    deliver(asked)
    for _ in range(10):
        deliver(asked, 20)

    assert (asked.state, asked.status) == (State.FAILED, "unknown")
    assert "Look in GoHighLevel" in asked.reason
    assert remote.writes == []


def test_two_new_records_like_it_are_unknown_too(asked, deliver, remote):
    lose_the_answer(remote)
    deliver(asked)
    remote.add(a_note(8, body="Spoke about the roof", title="Roof"))

    for _ in range(10):
        deliver(asked, 20)

    assert asked.status == "unknown"
    assert "2 new records" in asked.reason


def test_an_unknown_one_is_looked_for_before_a_retry_sends_it(asked, deliver, remote, alice):
    remote.fail("write", "notes", LOST)
    for _ in range(10):
        deliver(asked, 20)

    commands.retry(write=asked, actor=alice)
    assert deliver(asked, 20) == State.CONFIRMED
    assert (len(remote.writes), asked.is_unknown) == (1, False)


def test_the_audit_tells_who_had_it_sent_again(asked, deliver, remote, bob):
    remote.fail("write", "notes", Permanent("Never."))
    deliver(asked)
    commands.retry(write=asked, actor=bob)
    assert deliver(asked, 20) == State.CONFIRMED

    told = AuditEntry.objects.order_by("pk").values_list("act", "actor", "result")
    assert list(told) == [("note.create", asked.actor_id, "confirmed"), ("write.retry", bob.pk, "done")]


def test_a_retry_sends_no_other_that_failed(asked, contact, deliver, remote, alice, clock):
    other = commands.create(
        "note.create", contact.connection, {"body": "x"}, contact=contact, actor=alice, now=clock.now
    )
    remote.fail("write", "notes", Permanent("Never."), Permanent("Never."))
    assert [deliver(one) for one in (asked, other)] == [State.FAILED] * 2

    assert commands.retry(write=asked, actor=alice) == asked
    assert deliver(other) == State.FAILED


def test_a_retry_of_what_arrived_after_all_sends_nothing(asked, deliver, remote, alice):
    remote.fail("write", "notes", LOST)
    for _ in range(10):
        deliver(asked, 20)
    remote.add(a_note(8, body="Spoke about the roof", title="Roof"))

    commands.retry(write=asked, actor=alice)
    assert deliver(asked, 20) == State.CONFIRMED
    assert (remote.writes, asked.remote_id) == ([], "n8")


def test_a_failure_that_was_answered_is_sent_again_once_nothing_of_it_shows(asked, deliver, remote):
    remote.fail("write", "notes", FAILED)

    assert deliver(asked) == State.QUEUED
    assert deliver(asked, 3) == State.QUEUED  # it may be slow to show
    assert remote.writes == []
    assert deliver(asked, 20) == State.CONFIRMED
    assert len(remote.writes) == 1


def test_what_was_not_permitted_once_is_not_said_of_another_failure(asked, deliver, remote, alice):
    remote.fail("write", "notes", NotPermitted("GHL does not allow this."))
    assert deliver(asked) == State.FAILED
    assert asked.is_not_permitted

    remote.fail("write", "notes", Permanent("Never."))
    commands.retry(write=asked, actor=alice)
    assert deliver(asked, 20) == State.FAILED
    assert not asked.is_not_permitted


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (NotPermitted("GHL does not allow this.", remedy="Reconnect."), " GHL does not allow this. Reconnect."),
        (NotPermitted("GHL does not allow this."), " GHL does not allow this."),
        (Permanent("Never."), ""),
    ],
)
def test_who_may_not_look_for_what_may_have_arrived_does_not_say_that_it_failed(
    asked, deliver, remote, error, why
):
    lose_the_answer(remote)
    assert deliver(asked) == State.QUEUED

    remote.fail("of_contact", "notes", error)

    assert (deliver(asked, 60), asked.is_unknown) == (State.FAILED, True)
    assert asked.reason == f"This may have arrived, and GoHighLevel did not let us look.{why}"
    assert not asked.is_not_permitted


def test_a_killed_sender_is_followed_by_one_that_adopts_what_it_made(asked, clock, deliver, remote):
    def be_killed():
        remote.on_write = None
        raise KeyboardInterrupt

    remote.on_write = be_killed
    with pytest.raises(KeyboardInterrupt):
        deliver(asked)

    assert deliver(asked, 200) == State.CONFIRMED
    assert len(remote.writes) == 1


def test_what_was_accepted_and_is_slow_to_show_is_waited_for(asked, deliver, remote):
    remote.fail("one", "notes", Absent("Not yet."), Absent("Not yet."))

    assert deliver(asked) == State.QUEUED
    assert deliver(asked, 2) == State.QUEUED
    assert deliver(asked, 3) == State.CONFIRMED
    assert len(remote.writes) == 1


def test_a_contact_that_is_gone_takes_no_new_note(asked, deliver, remote):
    del remote.holds["contacts"]["c1"]

    assert deliver(asked) == State.FAILED
    assert asked.reason == "Not added. The contact was deleted in GoHighLevel."
    assert remote.writes == []


def test_a_contact_that_was_there_already_is_used_and_only_its_empty_fields_are_filled(
    contact, alice, clock, deliver, remote
):
    remote.add(a_contact(9, email="dana@cedar.example", phone="", source="Web", tags=("lead",)))
    wanted = {"email": "dana@cedar.example", "phone": "+18025550117", "source": "Fair", "tag_names": ["vip"]}
    asked = commands.create("contact.create", contact.connection, wanted, actor=alice, now=clock.now)
    remote.fail("write", "contacts", Duplicate("It is there already.", remote_id="c9"))

    assert deliver(asked) == State.CONFIRMED
    assert "had this contact already" in asked.reason
    assert asked.target_id == Contact.objects.get(remote_id="c9").pk

    filled, tags = (Write.objects.get(operation=name) for name in ("contact.update", "contact.add_tags"))
    assert deliver(filled, 1) == State.CONFLICT
    held = remote.holds["contacts"]["c9"]
    assert (held.phone, held.source) == ("+18025550117", "Web")
    assert [(one.field, one.mine, one.theirs) for one in filled.conflicts.all()] == [("source", "Fair", "Web")]
    assert deliver(tags, 1) == State.CONFIRMED  # what is crossed holds up nothing else
    assert remote.holds["contacts"]["c9"].tags == ("lead", "vip")


def test_a_change_that_another_contacts_email_forbids_fails_and_touches_neither(
    contact, alice, clock, deliver, remote
):
    remote.add(a_contact(9, email="dana@cedar.example"))
    asked = commands.write("contact.update", contact, {"email": "dana@cedar.example"}, actor=alice, now=clock.now)
    words = "Another contact in GoHighLevel has this email already."
    remote.fail("write", "contacts", Duplicate(words, remote_id="c9", field="email"))

    assert deliver(asked) == State.FAILED
    assert (asked.reason, asked.unfit) == (f"Not saved. {words}", "email")
    assert (asked.remote_id, asked.target_id) == ("c1", contact.pk)
    assert not Write.objects.exclude(pk=asked.pk).exists()


def test_a_new_contact_stands_in_the_cache_with_its_write(contact, alice, clock, deliver):
    wanted = {"first_name": "Lucía", "email": "lucia@cedar.example"}
    asked = commands.create("contact.create", contact.connection, wanted, actor=alice, now=clock.now)

    assert deliver(asked) == State.CONFIRMED
    assert asked.contact == Contact.objects.get(email="lucia@cedar.example")
    assert asked.audit.target == ""  # it was none of the contacts when it was asked for


def test_what_they_keep_in_another_way_is_named(contact, alice, clock, deliver, remote):
    wanted = {"first_name": "Lucía", "owner_remote_id": "u1"}
    asked = commands.create("contact.create", contact.connection, wanted, actor=alice, now=clock.now)
    remote.on_write = lambda: remote.add(
        replace(remote.holds["contacts"]["new2"], first_name="Lucy", owner_remote_id="")
    )

    assert deliver(asked) == State.QUEUED  # it may be slow to show
    assert deliver(asked, 20) == State.CONFIRMED
    assert asked.reason == "GoHighLevel stored the first name, owner differently from what was sent."


def test_columns_are_called_as_people_say_them():
    assert labels(["due_at", "owner_remote_id", "custom_fields.abc"]) == "due, owner, custom fields"


def test_empty_fields_of_a_new_record_are_not_sent(contact, alice):
    asked = commands.create(
        "task.create", contact.connection, {"title": "Call", "body": ""}, contact=contact, actor=alice
    )

    assert asked.changes == {"title": "Call"}
    assert not Task.objects.exists()


def test_a_read_only_connection_takes_no_new_record(contact, alice, remote):
    remote.may_write = False
    contact.connection.refresh_from_db()

    with pytest.raises(commands.Refused, match="for reading"):
        commands.create("note.create", contact.connection, {"body": "x"}, contact=contact, actor=alice)


def test_what_was_learnt_on_the_way_is_kept_with_the_write(asked, deliver, remote):
    remote.fail("write", "notes", FAILED)
    deliver(asked)

    assert asked.known_ids == ["n1"]
    assert asked.options[Option.ANSWERED] is True


def test_a_refusal_of_what_was_sent_again_is_not_believed_before_it_was_looked_for(asked, deliver, remote):
    """The first time carried it out, which shows only once it is in its own way."""
    held = remote.holds["notes"]
    lose_the_answer(remote, FAILED)
    deliver(asked)
    made = held.pop("new2")

    def stand_in_the_way():
        held.clear()
        held[made.remote_id] = made
        raise Permanent("This time is taken.")

    remote.on_write = stand_in_the_way

    assert deliver(asked, 20) == State.CONFIRMED
    assert (asked.remote_id, len(remote.writes)) == ("new2", 2)


def test_a_refusal_of_what_was_sent_again_stands_where_nothing_of_it_is_there(asked, deliver, remote):
    remote.fail("write", "notes", FAILED, Permanent("This time is taken."))
    deliver(asked)

    assert deliver(asked, 20) == State.FAILED
    assert not asked.is_unknown


def test_what_a_person_can_choose_anew_is_said_in_the_providers_words(asked, deliver, remote):
    Write.objects.update(options={Option.PRIORITY: "high"})
    remote.fail("write", "notes", Unfit("This time is no longer free.", field="start_at"))

    assert deliver(asked) == State.FAILED
    assert asked.reason == "Not added. This time is no longer free."
    assert asked.options == {Option.PRIORITY: "high", Option.UNFIT: "start_at"}
    assert not asked.can_retry


def test_a_first_refusal_is_believed_whatever_is_there(asked, deliver, remote):
    """Somebody else's record may be just like it."""
    lose_the_answer(remote, Permanent("It was refused."))

    assert deliver(asked) == State.FAILED
    assert (asked.remote_id, asked.is_unknown) == ("", False)
