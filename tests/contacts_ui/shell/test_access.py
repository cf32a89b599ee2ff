"""Strangers get 404 on every address that names something, visitors the sign-in page."""

import re

import pytest
from django.urls import get_resolver, reverse

from integrations.sync import health
from integrations.sync.models import Conflict, RecordFailure, SyncRun, Write
from integrations.sync.push.commands import new_write
from tests.conftest import home_of


def addresses(patterns=None, prefix=""):
    """Every named address of the dashboard with the names of its parts."""
    for pattern in patterns or get_resolver("contacts_ui.urls").url_patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern.url_patterns, route)
        else:
            yield pattern.name, route


ROUTES = dict(addresses())
OF_SOMETHING = [name for name, route in ROUTES.items() if "<" in route]
READ = ("task", "contact-timeline", "contact-live", "contact-source", "contact-email", "contact-email-pictures")
READ += ("contact-profile", "note-new", "note-edit", "task-new", "task-edit", "task-snooze", "task-templates")
READ += ("appointment-new", "appointment-slots", "appointment-edit")
FORMS = ("contact-edit", "contact-delete", "contact-tags")
OF_A_CONTACT = [name for name, route in ROUTES.items() if "contact_id" in route]


@pytest.fixture
def arguments(workspace, make_contact, make_task, make_note, make_message, make_business, make_appointment):
    contact = make_contact(workspace)
    task = make_task(contact)
    run = SyncRun.objects.create(connection=home_of(workspace), kind="full", trigger="manual", state="done")
    write = new_write("task.complete", task, state="failed", not_before=run.created_at, batch="a-batch")
    write.save()
    known = {
        "contact_id": contact.pk,
        "task_id": task.pk,
        "name": f"task-{task.pk}",
        "note_id": make_note(contact).pk,
        "appointment_id": make_appointment(contact).pk,
        "workspace_id": workspace.pk,
        "run_id": run.pk,
        "write_id": write.pk,
        "creation_id": write.pk,
        "batch": "a-batch",
        "business_id": make_business(workspace).pk,
        "conflict_id": Conflict.objects.create(write=write, field="is_completed").pk,
        "message_id": make_message(contact, channel="email", email_ids=["e1"]).pk,
        "failure_id": RecordFailure.objects.create(run=run, connection=run.connection, stream="notes").pk,
        "stream": "notes",
    }
    # An address with a part that is not known here fails: decide whose it is, then add it.
    return lambda name: {part: known[part] for part in re.findall(r"<(?:\w+:)?(\w+)>", ROUTES[name])}


def test_there_are_such_addresses():
    assert {"contact-timeline", "task", "task-complete", "task-undo"} <= set(OF_A_CONTACT)


@pytest.mark.parametrize("name", OF_SOMETHING)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_never_gets_in(as_mallory, workspace, arguments, name, method):
    answer = getattr(as_mallory, method)(reverse(f"contacts_ui:{name}", kwargs=arguments(name)))
    assert answer.status_code in (404, 405)
    assert "Dana" not in answer.content.decode()
    assert Write.objects.get().state == "failed"
    assert not home_of(workspace).has_ended


@pytest.mark.parametrize("name", OF_SOMETHING)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_visitor_is_sent_to_sign_in(client, arguments, name, method):
    answer = getattr(client, method)(reverse(f"contacts_ui:{name}", kwargs=arguments(name)))
    assert answer.status_code in (302, 405)
    if answer.status_code == 302:
        assert answer["Location"].startswith("/account/login/")


@pytest.mark.parametrize("name", [name for name in OF_A_CONTACT if name not in FORMS])
def test_every_address_answers_one_kind_of_request_only(as_alice, arguments, name):
    url = reverse(f"contacts_ui:{name}", kwargs=arguments(name))
    wrong = as_alice.post if name in READ else as_alice.get
    assert wrong(url).status_code == 405


def test_a_task_of_another_contact_is_not_found(as_alice, workspace, make_contact, make_task):
    task, other = make_task(make_contact(workspace)), make_contact(workspace, "Owen Tate")
    assert as_alice.get(f"/contacts/{other.pk}/tasks/{task.pk}/").status_code == 404


def test_of_two_tasks_or_meetings_the_address_names_one(
    as_alice, workspace, make_contact, make_task, make_appointment
):
    contact = make_contact(workspace)
    tasks = [make_task(contact, title) for title in ("Call Dana", "Send the quote")]
    meetings = [make_appointment(contact, title) for title in ("Site walk", "Handover")]

    for kind, records in (("tasks", tasks), ("appointments", meetings)):
        for one in records:
            form = as_alice.get(f"/contacts/{contact.pk}/{kind}/{one.pk}/edit/").content.decode()
            assert [title in form for title in (r.title for r in records)] == [r is one for r in records]


def test_a_meeting_that_is_gone_is_not_found(as_alice, workspace, make_contact, make_appointment, now):
    contact = make_contact(workspace)
    gone = make_appointment(contact, deleted_at=now)
    assert as_alice.get(f"/contacts/{contact.pk}/appointments/{gone.pk}/edit/").status_code == 404


def test_a_number_too_big_for_the_database_is_not_found(as_alice):
    assert as_alice.get(f"/contacts/{10**30}/").status_code == 404


def ask_for_news(browser, contact, seen):
    return browser.get(
        f"/contacts/{contact.pk}/live/", headers={"X-Seen": health.state_of(seen).version}
    ).status_code


def test_an_open_page_asks_about_its_own_contact_alone(as_alice, workspace, make_contact):
    first, other = make_contact(workspace), make_contact(workspace, "Owen Tate")

    assert ask_for_news(as_alice, other, seen=other) == 204
    assert ask_for_news(as_alice, other, seen=first) == 200


def test_a_stranger_who_knows_its_version_is_not_told_that_it_still_stands(
    as_mallory, as_staff, workspace, other_workspace, make_contact
):
    make_contact(other_workspace, "Owen Tate")
    contact = make_contact(workspace)

    assert ask_for_news(as_mallory, contact, seen=contact) == 404
    assert ask_for_news(as_staff, contact, seen=contact) == 204


def zones_in(answer):
    """Of all moments that a page tells in full."""
    return set(re.findall(r"\d\d:\d\d:\d\d (\w+)", answer.content.decode()))


def test_until_the_browser_has_spoken_times_are_in_the_zone_of_the_account_that_is_shown(
    as_staff, other_workspace, workspace, make_contact, make_note
):
    contact, elsewhere = make_contact(other_workspace), make_contact(workspace, "Owen Tate")
    make_note(contact), make_note(elsewhere)
    run = SyncRun.objects.create(connection=home_of(other_workspace), kind="full", trigger="manual", state="done")

    assert set() < zones_in(as_staff.get(f"/contacts/{contact.pk}/")) <= {"GMT", "BST"}
    assert set() < zones_in(as_staff.get(f"/contacts/{elsewhere.pk}/")) <= {"EST", "EDT"}
    assert set() < zones_in(as_staff.get(f"/sync/runs/{run.pk}/")) <= {"GMT", "BST"}
    # The first of several, where a page is of them all.
    assert set() < zones_in(as_staff.get("/contacts/")) <= {"EST", "EDT"}
    assert set() < zones_in(as_staff.get("/sync/")) <= {"EST", "EDT"}
