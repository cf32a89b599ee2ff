"""Records and runs for the engine's tests."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from integrations.activity.kinds.appointment import AppointmentRecord
from integrations.activity.kinds.contact import ContactRecord
from integrations.activity.kinds.message import MessageRecord
from integrations.activity.kinds.note import NoteRecord
from integrations.activity.kinds.opportunity import OpportunityRecord
from integrations.activity.kinds.task import TaskRecord
from integrations.activity.models import Contact, Task
from integrations.sync import jobs, queue
from integrations.sync.models import ContactDue, SyncRun
from integrations.workspace.models import Membership
from tests.conftest import person

DAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def a_contact(number=1, **fields):
    shared = {"remote_id": f"c{number}", "first_name": "Dana", "last_name": f"Whit{number}", "added_at": DAY}
    return ContactRecord(**{**shared, "name": f"Dana Whit{number}", "updated_at": DAY, **fields})


def a_task(number=1, contact="c1", **fields):
    return TaskRecord(
        **{"remote_id": f"t{number}", "contact_remote_id": contact, "title": "Call", "due_at": DAY, **fields}
    )


def a_note(number=1, contact="c1", **fields):
    return NoteRecord(
        **{"remote_id": f"n{number}", "contact_remote_id": contact, "body": "Spoke", "added_at": DAY, **fields}
    )


def an_appointment(number=1, contact="c1", **fields):
    shared = {"remote_id": f"a{number}", "contact_remote_id": contact, "start_at": DAY}
    return AppointmentRecord(**{**shared, "end_at": DAY + timedelta(hours=1), **fields})


def a_message(number=1, contact="c1", **fields):
    shared = {"remote_id": f"m{number}", "contact_remote_id": contact, "channel": "sms", "is_inbound": True}
    return MessageRecord(**{**shared, "body": "Hello", "sent_at": DAY, "updated_at": DAY, **fields})


def a_deal(number=1, contact="c1", **fields):
    shared = {
        "remote_id": f"d{number}",
        "contact_remote_id": contact,
        "name": "Roof",
        "status": "open",
        "value": 100.0,
    }
    place = {"pipeline_remote_id": "p1", "pipeline": "Sales", "stage_remote_id": "s1", "stage": "Quote sent"}
    times = dict.fromkeys(("added_at", "updated_at", "stage_changed_at", "status_changed_at"), DAY)
    return OpportunityRecord(**{**shared, **place, **times, **fields})


def due_in(stream="notes"):
    """The remote ids of contacts that are due in a stream."""
    contacts = Contact.objects.present()
    read = ContactDue.objects.filter(stream=stream, is_due=False).values("contact")
    return set(contacts.exclude(pk__in=read).values_list("remote_id", flat=True))


def make_due(*remote_ids, stream="notes"):
    ContactDue.objects.filter(contact__remote_id__in=remote_ids, stream=stream).update(is_due=True)


@pytest.fixture
def full(connection, remote):
    """Carry out a full run and return it."""

    def carry_out(kind="full", **options):
        run, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.MANUAL, kind=kind)
        while not jobs.advance_run(run.pk, **options):
            pass
        run.refresh_from_db()
        return run

    return carry_out


@pytest.fixture
def task(full, remote):
    """The open task of a contact, read once."""
    remote.add(a_contact(1))
    remote.add(a_task(1))
    full()
    return Task.objects.get()


@pytest.fixture
def erin(workspace):
    """A colleague who oversees nobody."""
    return person("erin@example.com", workspace, Membership.Role.REP)


@pytest.fixture
def filled(remote):
    """Five contacts, each with a task, two notes and an appointment: more than a page of everything."""
    for number in range(1, 6):
        remote.add(a_contact(number, updated_at=DAY + timedelta(hours=number)))
        remote.add(
            a_task(number, f"c{number}"), a_note(number, f"c{number}"), an_appointment(number, f"c{number}")
        )
        remote.add(a_note(number + 10, f"c{number}", is_pinned=True))
    return remote


@pytest.fixture
def later():
    """A moment after every run so far."""
    return lambda **span: timezone.now() + timedelta(**span)


class Time:
    """A clock that stands still until a test moves it."""

    def __init__(self):
        self.now = timezone.now()

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Time()


@pytest.fixture
def rung(monkeypatch):
    """The writes that workers were told of, by number."""
    sent = []
    monkeypatch.setattr(queue, "enqueue_write", lambda write_id, seconds=0.0: sent.append(write_id))
    return sent
