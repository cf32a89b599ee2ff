"""What somebody asked for, in words, whatever the operation; records that are gone or not there yet too."""

import pytest
from django.utils import timezone

from contacts_ui.components.field_names import names_for
from contacts_ui.components.wished import wished
from integrations.activity.models import RemoteUser
from integrations.sync.models import Write
from integrations.sync.push.operations import OPERATIONS
from tests.conftest import home_of

NEW = {"title": "Call back", "due_at": "2026-03-02T15:30:00+00:00"}


@pytest.fixture
def make(make_contact, workspace):
    def _make(operation, changes, base=None, target=None):
        contact = make_contact(workspace, "Dana Whitlock")
        write = Write(connection=home_of(workspace), operation=operation, kind=OPERATIONS[operation].kind)
        write.contact, write.changes, write.base, write.target = contact, changes, base or {}, target
        write.target = contact if write.kind == "contact" and not operation.endswith("create") else target
        return write

    return _make


@pytest.mark.parametrize(
    ("operation", "changes", "words"),
    [
        ("contact.create", {"name": "Owen Tate", "phone": "+1"}, ("Add contact", "Owen Tate", "name, phone")),
        (
            "contact.update",
            {"phone": "+1", "first_name": "Dan"},
            ("Edit contact", "Dana Whitlock", "phone, first name"),
        ),
        ("contact.delete", {"is_deleted": True}, ("Delete contact", "Dana Whitlock", "")),
        (
            "contact.add_tags",
            {"tag_names": ["vip", "lead"]},
            ("Add tags to contact", "Dana Whitlock", "vip, lead"),
        ),
        ("contact.remove_tags", {"tag_names": ["vip"]}, ("Remove tags from contact", "Dana Whitlock", "vip")),
        (
            "contact.set_business",
            {"business_remote_id": ""},
            ("Set business of contact", "Dana Whitlock", "business"),
        ),
        ("task.create", NEW, ("Add task", "Call back", "title, due date")),
        ("task.update", {"owner_remote_id": "u1"}, ("Edit task", "", "assignee")),
        ("task.complete", {"is_completed": True}, ("Complete task", "", "")),
        ("task.reopen", {"is_completed": False}, ("Reopen task", "", "")),
        ("task.delete", {"is_deleted": True}, ("Delete task", "", "")),
        ("note.create", {"body": "<p>Wants slate.</p>"}, ("Add note", "Wants slate.", "text")),
        ("note.update", {"body": "x" * 100}, ("Edit note", "x" * 79 + "…", "text")),
        ("note.pin", {"is_pinned": True}, ("Pin note", "", "")),
        ("note.unpin", {"is_pinned": False}, ("Unpin note", "", "")),
        ("note.delete", {"is_deleted": True}, ("Delete note", "", "")),
        (
            "appointment.create",
            {"title": "Survey", "start_at": NEW["due_at"]},
            ("Book appointment", "Survey", "title, start"),
        ),
        ("appointment.update", {"start_at": NEW["due_at"]}, ("Reschedule appointment", "", "start")),
        ("appointment.cancel", {"status": "cancelled"}, ("Cancel appointment", "", "status")),
        ("appointment.showed", {"status": "showed"}, ("Mark appointment as showed", "", "status")),
        ("appointment.no_show", {"status": "noshow"}, ("Mark appointment as no-show", "", "status")),
        ("appointment.update", {"status": "noshow"}, ("Edit appointment", "", "status")),
    ],
)
def test_every_operation_says_what_is_changed_of_what(make, operation, changes, words):
    write = make(operation, changes)
    said = wished(write, names_for([write]))
    assert (said.verb, said.title, said.fields) == words


def test_every_operation_is_among_them(request):
    told = test_every_operation_says_what_is_changed_of_what.pytestmark[0].args[1]
    assert {operation for operation, _, _ in told} == set(OPERATIONS)


def test_values_are_told_by_name_before_and_after(make, workspace):
    for remote_id, name in (("u1", "Marcus Hale"), ("u2", "Ines Roth")):
        known = {"workspace": workspace, "connection": home_of(workspace), "fetched_at": timezone.now()}
        RemoteUser.objects.create(remote_id=remote_id, name=name, **known)
    write = make("task.update", {"owner_remote_id": "u2"}, {"owner_remote_id": "u1"})
    (value,) = wished(write, names_for([write])).values
    assert (value.label, value.before, value.after) == ("Assignee", "Marcus Hale", "Ines Roth")


def test_a_record_of_a_deleted_contact_leads_nowhere(make):
    write = make("task.complete", {"is_completed": True})
    write.contact.deleted_at = timezone.now()
    said = wished(write, names_for([write]))
    assert (said.url, said.contact) == ("", None)
