"""What a reconnect takes away is said: before it is chosen, when it happened, and until it is back."""

import io
import sys

import pytest
from django.core.management import call_command

from integrations.activity.models import Contact, Task
from integrations.connections.models import Connection
from integrations.ghl.losses import HOW
from integrations.ghl.scopes import asked as all_scopes
from integrations.sync import commands
from integrations.workspace.models import AuditEntry
from tests.ghl.conftest import code_for, decide, start

pytestmark = pytest.mark.django_db
FORM = "/integrations/connect/token/"
OFF = "Connecting it again switched writing off."


@pytest.fixture
def writing(as_staff, ghl):
    """The first sub-account, connected for writing."""
    as_staff.get(decide(start(as_staff, access="write"), ghl.location_id))
    return Connection.objects.select_related("workspace").get(provider="ghl")


def reconnect(client, ghl, connection, **fields):
    """Approve it again; the next page."""
    fields |= {"workspace": connection.workspace_id}
    return client.get(decide(start(client, **fields), ghl.location_id), follow=True)


def by_code(ghl, *scopes):
    """Connect by a code with these scopes; what is said on stderr."""
    said, code = io.StringIO(), code_for(ghl, ghl.location_id, scopes=list(scopes))
    call_command("connect", "--oauth-code", code, "--json", stdout=io.StringIO(), stderr=said)
    return said.getvalue()


def a_waiting_tick(connection):
    shared = {"workspace": connection.workspace, "connection": connection, "fetched_at": connection.connected_at}
    contact = Contact.objects.create(remote_id="c1", **shared)
    task = Task.objects.create(remote_id="t1", contact=contact, contact_remote_id="c1", title="Call", **shared)
    commands.write("task.complete", task, actor=None, undo_seconds=60)


def test_a_reconnect_for_reading_says_that_writing_is_off_and_what_waits(as_staff, ghl, writing):
    a_waiting_tick(writing)

    page = reconnect(as_staff, ghl, writing, access="read")

    said = f"{OFF} 1 change waits and will be held, not sent: retry when writing is allowed."
    assert f"{writing.workspace.name}: {said} {HOW}" in page.text
    assert said in as_staff.get("/connections/").text
    assert AuditEntry.objects.get(act="connection.renew").detail["lost"].startswith(OFF)


def test_it_is_said_until_writing_is_back(as_staff, ghl, writing):
    reconnect(as_staff, ghl, writing, access="read")
    reconnect(as_staff, ghl, writing, access="write")

    assert OFF not in as_staff.get("/connections/").text
    assert Connection.objects.get(provider="ghl").may_write is True


def test_before_reading_is_chosen_the_page_says_what_it_stops(as_staff, ghl, writing):
    warns = f"{writing.workspace.name} can be changed now. Choosing this stops it"
    address = f"/integrations/connect/?workspace={writing.workspace_id}"

    assert warns in as_staff.get(address).text
    reconnect(as_staff, ghl, writing, access="read")
    assert warns not in as_staff.get(address).text
    assert "needs you" not in as_staff.get(address).text


def test_a_private_token_begins_with_what_is_allowed_now_and_says_what_it_lacks(as_staff, ghl, writing):
    of_ours = {"workspace": writing.workspace_id, "token": ghl.pit}

    assert 'id="id_may_write" checked' in as_staff.get(FORM, of_ours).text
    page = as_staff.post(FORM, of_ours, follow=True)
    assert f"{OFF} {HOW} A private token brings no webhooks" in page.text


def test_scopes_that_went_are_named_with_what_stops(as_staff, ghl, writing):
    less = [scope for scope in all_scopes(write=True) if scope != "conversations/message.readonly"]

    said = by_code(ghl, *less)

    words = "No longer granted: Messages, calls and emails (conversations/message.readonly). What was read stays."
    assert words in said
    assert words in as_staff.get("/connections/").text
    assert OFF not in said


def test_a_grant_without_the_scope_to_write_says_so_on_the_command_line(ghl, writing):
    assert OFF in by_code(ghl, *all_scopes(write=False))


def test_a_private_token_renewed_without_write_says_so_on_the_command_line(ghl, writing, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(ghl.pit))
    said = io.StringIO()

    call_command("connect", "--location", ghl.location_id, "--token-stdin", stdout=io.StringIO(), stderr=said)

    assert OFF in said.getvalue()


def test_connecting_again_with_as_much_says_nothing(as_staff, ghl, writing):
    page = reconnect(as_staff, ghl, writing, access="write")

    assert OFF not in page.text
    assert "No longer granted" not in page.text
    assert Connection.objects.get(provider="ghl").reason == ""
