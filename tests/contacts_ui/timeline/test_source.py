"""Where an item comes from: every row of a contact's page leads to its clocks, its reading and its writes."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from integrations.activity.models import ActivityEntry
from integrations.sync.models import InboundEvent, Write
from integrations.sync.push.commands import new_write
from tests.conftest import home_of

HTMX = {"headers": {"HX-Request": "true"}}


def said(answer):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def sources(answer):
    return set(re.findall(r'hx-get="(/contacts/\d+/source/[^"?]+)', answer.content.decode()))


@pytest.fixture
def contact(make_contact, workspace):
    return make_contact(workspace)


def test_pinned_upcoming_late_and_past_items_all_lead_to_theirs(
    as_alice, contact, make_task, make_note, make_appointment
):
    task, late = make_task(contact), make_task(contact, "Late", due_in=-2)
    make_note(contact, "Pinned", is_pinned=True)
    make_note(contact, "Past")
    make_appointment(contact)
    entries = ActivityEntry.objects.filter(contact=contact, is_open=False).values_list("pk", flat=True)

    found = sources(as_alice.get(f"/contacts/{contact.pk}/"))

    here = f"/contacts/{contact.pk}/source"
    assert {f"{here}/task-{task.pk}/", f"{here}/task-{late.pk}/"} <= found
    assert {f"{here}/entry-{pk}/" for pk in entries} <= found
    for address in found:
        assert "Arrived by" in said(as_alice.get(address, **HTMX))


def test_the_panel_says_when_it_was_fetched_and_by_which_run_or_webhook(as_bob, contact, make_task, workspace):
    task = make_task(contact)
    address = f"/contacts/{contact.pk}/source/task-{task.pk}/"
    assert "Sync run 7" in said(as_bob.get(address, **HTMX))
    now = timezone.now()
    ActivityEntry.objects.filter(source_id=task.pk).update(run_id=None, fetched_at=now)
    assert "Live update" in said(as_bob.get(address, **HTMX))
    InboundEvent.objects.create(
        provider="fake",
        webhook_id="w1",
        type="TaskCreate",
        connection=home_of(workspace),
        stream="tasks",
        remote_id=task.remote_id,
        body=b"",
        state="done",
        received_at=now - timedelta(seconds=2),
        applied_at=now + timedelta(seconds=1),
    )
    assert "Webhook TaskCreate" in said(as_bob.get(address, **HTMX))


def test_the_trail_tells_who_wished_what_when_it_was_sent_and_read_back(as_alice, alice, bob, contact, make_task):
    task, now = make_task(contact, "Call Dana"), timezone.now()
    done = new_write("task.update", task, {"title": "Call"}, actor=alice, not_before=now)
    done.state, done.sent_at, done.settled_at = Write.State.CONFIRMED, now, now
    done.save()
    failed = new_write("task.complete", task, actor=bob, not_before=now, state="failed", reason="Refused.")
    failed.save()

    trail = said(as_alice.get(f"/contacts/{contact.pk}/source/task-{task.pk}/", **HTMX))

    assert re.search(rf"{bob} Complete task Asked .* Failed: Refused\. .*You Edit task: title Asked", trail)
    assert re.search(r"sent .*\d\d:\d\d .*read back .*\d\d:\d\d", trail)


def test_what_was_read_to_see_what_a_change_had_come_to_says_so(as_alice, alice, contact, make_task):
    task, now = make_task(contact), timezone.now()
    made = new_write("task.update", task, {"title": "Call"}, actor=alice, not_before=now, state="confirmed")
    made.settled_at = now
    made.save()
    address = f"/contacts/{contact.pk}/source/task-{task.pk}/"
    for later, words in ((1, "Read back after a change from here"), (60, "Live update")):
        fetched_at = now + timedelta(seconds=later)
        ActivityEntry.objects.filter(source_id=task.pk).update(run_id=None, fetched_at=fetched_at)
        assert words in said(as_alice.get(address, **HTMX))


def test_a_note_was_added_and_a_change_was_seen(as_alice, contact, make_note, make_change):
    note, change = make_note(contact), make_change(contact, Source=("a", "b"))
    words = said(as_alice.get(f"/contacts/{contact.pk}/source/note-{note.pk}/", **HTMX))
    for told in ("Added in GHL", "Fetched", "Sync run 7", note.remote_id):
        assert told in words
    words = said(as_alice.get(f"/contacts/{contact.pk}/source/entry-{change.pk}/", **HTMX))
    assert "Change of this contact" in words
    assert "Seen" in words


def test_the_first_page_carries_no_trail_and_asks_nothing_for_it(
    as_alice, contact, make_task, alice, django_assert_num_queries
):
    task = make_task(contact)
    new_write("task.complete", task, actor=alice, not_before=timezone.now(), state="confirmed").save()
    assert "Changes from here" not in said(as_alice.get(f"/contacts/{contact.pk}/"))
    with django_assert_num_queries(6):  # session, person, contact, workspaces; the entry, its writes
        as_alice.get(f"/contacts/{contact.pk}/source/task-{task.pk}/", **HTMX)


def test_without_scripts_it_is_a_page_of_its_own(as_alice, contact, make_task):
    task = make_task(contact)
    page = as_alice.get(f"/contacts/{contact.pk}/source/task-{task.pk}/")
    assert b"<html" in page.content
    assert "Nothing was changed from here." in said(page)


def test_an_item_of_another_contact_is_not_found(as_alice, contact, make_contact, make_task, workspace):
    other = make_task(make_contact(workspace, "Owen Tate"))
    assert as_alice.get(f"/contacts/{contact.pk}/source/task-{other.pk}/").status_code == 404
    assert as_alice.get(f"/contacts/{contact.pk}/source/task-9999999/").status_code == 404
