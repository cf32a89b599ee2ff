"""What the provider did not permit says what an admin may do, and where a person can still do it over there."""

import re

import pytest

from integrations.sync import commands
from integrations.sync.models import Write
from tests.conftest import home_of

HTMX = {"headers": {"HX-Request": "true"}}
WHY = (
    "The connection may not write. GoHighLevel does not allow this connection to read or change this. "
    "An admin can reconnect this account with the scope contacts.write."
)
REFUSED = {"state": "failed", "reason": WHY, "options": {"not_permitted": True}}


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace, "Dana Whitlock", remote_id="c1", email="dana@example.com")


@pytest.fixture
def link(workspace):
    """How a page leads to the contact over there."""
    address = f"https://ghl.example/{home_of(workspace).external_id}/c1"
    return f'<a class="there" href="{address}" target="_blank" rel="noopener noreferrer">Open in GHL'


@pytest.fixture
def tick(dana, make_task, alice):
    return commands.write("task.complete", make_task(dana, "Send references"), actor=alice)


@pytest.fixture
def edit(dana, alice):
    return commands.write("contact.update", dana, {"source": "Web"}, actor=alice)


def refuse(write, **fields):
    Write.objects.filter(pk=write.pk).update(**REFUSED | fields)


def both(page, link):
    return WHY in page, link in page


def test_in_the_row_of_a_task_on_its_page_and_by_itself(as_alice, dana, tick, link):
    refuse(tick)
    assert both(text(as_alice.get(f"/contacts/{dana.pk}/")), link) == (True, True)
    row = as_alice.get(f"/contacts/{dana.pk}/tasks/{tick.target_id}/", **HTMX)
    assert both(text(row), link) == (True, True)


def test_in_a_task_that_is_completed_and_was_to_be_reopened(as_alice, dana, make_task, alice, link):
    done = make_task(dana, "Send references", is_completed=True)
    refuse(commands.write("task.reopen", done, actor=alice))
    assert both(text(as_alice.get(f"/contacts/{dana.pk}/")), link) == (True, True)


@pytest.mark.parametrize("operation", ["task.update", "note.create", "appointment.create"])
def test_in_the_panel_of_other_changes(as_alice, dana, make_task, alice, link, now, operation):
    if operation == "task.update":
        write = commands.write(operation, make_task(dana), {"title": "Call"}, actor=alice)
    else:
        changes = {"body": "Called back"} if operation == "note.create" else {"title": "Visit", "start_at": now}
        write = commands.create(operation, dana.connection, changes, contact=dana, actor=alice)
    refuse(write)
    assert both(text(as_alice.get(f"/contacts/{dana.pk}/")), link) == (True, True)


def test_on_the_profile(as_alice, dana, edit, link):
    refuse(edit)
    assert both(text(as_alice.get(f"/contacts/{dana.pk}/")), link) == (True, True)
    assert both(text(as_alice.get(f"/contacts/{dana.pk}/profile/", **HTMX)), link) == (True, True)


def test_in_the_list_of_own_changes_and_where_one_is_edited(as_alice, edit, link):
    refuse(edit)
    assert both(text(as_alice.get("/changes/")), link) == (True, True)
    assert both(text(as_alice.get(f"/changes/{edit.pk}/", **HTMX)), link) == (True, True)
    assert both(text(as_alice.get(f"/changes/{edit.pk}/edit/")), link) == (True, True)


def test_in_the_list_of_whoever_oversees_the_account(as_bob, edit, link):
    refuse(edit)
    assert both(text(as_bob.get("/sync/")), link) == (True, True)


def test_where_an_item_comes_from(as_alice, dana, tick, link):
    refuse(tick)
    page = text(as_alice.get(f"/contacts/{dana.pk}/source/task-{tick.target_id}/", **HTMX))
    assert both(page, link) == (True, True)


def test_on_the_page_of_a_business(as_alice, dana, make_business, workspace, alice, link):
    firm = make_business(workspace, "Parkway Dental Group")
    refuse(commands.write("contact.set_business", dana, {"business_remote_id": firm.remote_id}, actor=alice))
    assert both(text(as_alice.get(f"/businesses/{firm.pk}/")), link) == (True, True)


def test_a_new_contact_leads_to_all_contacts_over_there(as_alice, workspace, alice):
    home = home_of(workspace)
    write = commands.create("contact.create", home, {"first_name": "Arlo"}, actor=alice)
    refuse(write)
    page = text(as_alice.get(f"/contacts/new/{write.pk}/"))
    assert WHY in page
    assert f'href="https://ghl.example/{home.external_id}/contacts"' in page


def test_another_failure_leads_nowhere_else(as_alice, dana, tick, edit, link):
    for write in (tick, edit):
        refuse(write, reason="GHL said no.", options={})
    for address in (f"/contacts/{dana.pk}/", "/changes/"):
        page = text(as_alice.get(address))
        assert "GHL said no." in page
        assert link not in page


def test_many_refusals_cost_no_query_each(as_alice, dana, make_task, alice, django_assert_max_num_queries):
    def refused_ticks(number):
        for _ in range(number):
            refuse(commands.write("task.complete", make_task(dana), actor=alice))

    refused_ticks(10)
    with django_assert_max_num_queries(30) as few:
        as_alice.get(f"/contacts/{dana.pk}/")
    refused_ticks(15)
    with django_assert_max_num_queries(len(few.captured_queries)):
        as_alice.get(f"/contacts/{dana.pk}/")
