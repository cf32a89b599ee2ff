"""What somebody edited here says who, as long as nobody edited it since over there."""

import pytest
from django.utils import timezone

from integrations.activity.models import ActivityEntry, Appointment, Note, Task
from integrations.connections.ports import Transient
from integrations.sync import commands
from integrations.sync.models import Write
from integrations.sync.push.edited import credit_edit
from integrations.sync.reconcile import remove
from tests.sync.conftest import a_contact, a_note, a_task, an_appointment
from tests.sync.test_outbox import deliver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def note(full, remote):
    remote.add(a_contact(1))
    remote.add(a_note(1))
    full()
    return Note.objects.get()


def edit(note, actor, **changes):
    note.refresh_from_db()
    write = commands.write("note.update", note, changes, actor=actor)
    assert deliver(write) == Write.State.CONFIRMED


def editor():
    return ActivityEntry.objects.get(kind="note").facts.get("edited_by")


def test_a_confirmed_edit_names_who_asked_for_it_and_keeps_what_it_said_before(note, bob):
    edit(note, bob, body="New")

    assert editor() == bob.pk
    assert ActivityEntry.objects.get(kind="note").facts["earlier"] == "Spoke"


def test_the_next_one_here_names_its_own(note, bob, carol):
    edit(note, bob, body="New")
    edit(note, carol, body="Newer")

    assert editor() == carol.pk


def test_a_later_edit_over_there_is_nobodys_here(note, bob, remote, full):
    edit(note, bob, body="New")
    remote.add(a_note(1, body="Theirs"))
    full()

    assert editor() is None


def test_an_edit_names_its_editor_on_no_other_note(note, bob, carol, remote, full):
    remote.add(a_note(2))
    full()
    edit(note, bob, body="New")
    edit(Note.objects.get(remote_id="n2"), carol, body="New")

    named = ActivityEntry.objects.filter(kind="note").order_by("remote_id")
    assert [row.facts["edited_by"] for row in named] == [bob.pk, carol.pk]


def test_an_edit_that_ends_where_it_began_is_nobodys(note, bob):
    edit(note, bob, body="New")
    edit(note, bob, body="Spoke")

    assert Note.objects.get().earlier == {}
    assert editor() is None


def test_a_reading_that_finds_the_same_words_leaves_it(note, bob, full):
    edit(note, bob, body="New")
    full()

    assert editor() == bob.pk


@pytest.mark.parametrize("change", [{"is_pinned": True}, {"colour": "#C9DAF8"}])
def test_no_other_change_of_a_note_is_an_edit_of_its_words(note, bob, carol, change):
    edit(note, bob, body="New")
    edit(note, carol, **change)

    assert editor() == bob.pk


def test_words_that_were_there_already_are_nobodys_here(note, bob, remote):
    write = commands.write("note.update", note, {"body": "New"}, actor=bob)
    remote.add(a_note(1, body="New"))
    deliver(write)

    assert not remote.writes
    assert editor() is None


def test_an_edit_whose_answer_was_lost_is_still_theirs(note, bob, remote):
    def lose_the_answer():
        remote.on_write = None
        raise Transient("No answer came.")

    remote.on_write = lose_the_answer
    edit(note, bob, body="New")

    assert editor() == bob.pk
    assert Note.objects.get().earlier["until"] <= timezone.now().isoformat()


def test_who_edited_in_between_is_nobody_of_ours_when_our_edit_never_arrived(note, bob, remote):
    def lose_it():
        remote.on_write = None
        remote.add(a_note(1, body="Theirs"))
        raise Transient("No answer came.")

    remote.on_write = lose_it
    write = commands.write("note.update", note, {"body": "New"}, actor=bob)

    assert deliver(write) == Write.State.CONFLICT
    assert Note.objects.get().body == "Theirs"
    assert editor() is None


def test_a_note_that_is_gone_by_then_stays_off_the_timeline(note, bob, carol):
    edit(note, bob, body="New")
    write = Write.objects.get()
    write.actor = carol
    remove(Note, [note.pk], timezone.now())

    credit_edit(write, ["body"])

    assert not ActivityEntry.objects.filter(kind="note").exists()


def test_a_command_line_without_a_person_names_nobody(note):
    edit(note, None, body="New")

    assert editor() is None


@pytest.fixture(params=["task", "appointment"])
def dated(request, full, remote):
    """A task or an appointment, and how its provider has it renamed."""
    made, model = {"task": (a_task, Task), "appointment": (an_appointment, Appointment)}[request.param]
    remote.add(a_contact(1))
    remote.add(made(1))
    full()

    def rename_there(title):
        remote.add(made(1, title=title))
        full()

    return model.objects.get(), rename_there


def retitle(record, actor, operation="update", **changes):
    record.refresh_from_db()
    write = commands.write(f"{record._meta.model_name}.{operation}", record, changes, actor=actor)
    assert deliver(write) == Write.State.CONFIRMED


def editor_of(record):
    return ActivityEntry.objects.get(kind=record._meta.model_name).facts.get("edited_by")


def test_a_task_and_an_appointment_name_who_edited_them_last(dated, bob, carol):
    record, _ = dated
    assert editor_of(record) is None
    retitle(record, bob, title="New")
    assert editor_of(record) == bob.pk
    retitle(record, carol, title="Newer")
    assert editor_of(record) == carol.pk


def test_an_edit_of_one_over_there_is_nobodys_here(dated, bob):
    record, rename_there = dated
    retitle(record, bob, title="New")
    rename_there("New")
    assert editor_of(record) == bob.pk
    rename_there("Theirs")
    assert editor_of(record) is None


def test_neither_a_tick_nor_an_outcome_is_an_edit(dated, bob, carol):
    record, _ = dated
    retitle(record, bob, title="New")
    retitle(record, carol, {"task": "complete", "appointment": "showed"}[record._meta.model_name])
    assert editor_of(record) == bob.pk
