"""One contact's page: order, filters, empties, provenance, cost."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.kinds import change
from integrations.activity.models import Contact
from integrations.sync.models import StreamCursor, SyncSchedule
from integrations.sync.push.commands import new_write
from integrations.sync.reconcile.changes import change_of
from integrations.workspace.models import Membership

HTMX = {"HX-Request": "true"}


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace, email="dana@parkway.example", tags=("dental",))


def page(client, contact, query="", **headers):
    response = client.get(f"/contacts/{contact.pk}/{query}", headers=headers.get("headers", {}))
    assert response.status_code == 200
    return response.content.decode()


def in_order(text, *parts):
    places = [text.index(part) for part in parts]
    return places == sorted(places)


def test_pinned_then_what_comes_then_what_is_late_then_the_past_newest_first(
    as_alice, dana, make_note, make_task, make_appointment
):
    make_note(dana, "Ask for Rosa", is_pinned=True, days_ago=90)
    make_note(dana, "An old call", days_ago=30)
    make_note(dana, "A fresh call", days_ago=2)
    make_task(dana, "Next month", due_in=20)
    make_appointment(dana, "Site walk", starts_in=2)
    make_task(dana, "Long due", due_in=-3)
    shown = page(as_alice, dana).partition('id="feed-results"')[2]
    assert in_order(shown, "Ask for Rosa", "Site walk", "Next month", "Long due", "A fresh call", "An old call")


def test_chips_count_every_kind_under_the_search(as_alice, dana, make_note, make_task):
    make_note(dana, "lease numbers")
    make_note(dana, "voicemail")
    make_task(dana, "Send the lease")
    chips = re.findall(r'id="chip-(\w+)".*?__count">\s*(\d+)', page(as_alice, dana, "?q=lease"), re.S)
    assert {kind: int(count) for kind, count in chips} == {
        "all": 2, "note": 1, "task": 1, "appointment": 0, "message": 0, "opportunity": 0, "change": 0,
    }  # fmt: skip


def test_a_search_that_finds_nothing_says_how_many_items_it_looked_at(as_alice, dana, make_note, make_task):
    said = lambda query: re.sub(r"\s+", " ", page(as_alice, dana, query))  # noqa: E731
    assert "There is nothing to search yet." in said("?q=zebra")
    make_note(dana, "lease numbers")
    assert "We searched the only item of Dana" in said("?q=zebra")
    make_note(dana, "voicemail")
    make_task(dana, "Send the lease")
    assert "We searched all 3 items of Dana" in said("?q=zebra")
    assert "We searched all 2 notes of Dana" in said("?q=zebra&kind=note")


def test_kind_and_text_narrow_the_feed_and_the_agenda(as_alice, dana, make_note, make_task):
    make_note(dana, "The lease numbers")
    make_task(dana, "Send the lease")
    shown = page(as_alice, dana, "?kind=note&q=LEASE")
    assert "The <mark>lease</mark> numbers" in shown
    assert "Send the" not in shown
    assert "Send the lease" in page(as_alice, dana, "?kind=nonsense")


def test_scrolling_shows_every_entry_once_and_no_day_twice(as_alice, dana, make_note):
    for number in range(120):
        make_note(dana, f"note number {number}", days_ago=1 + number / 60)
    seen, headings, address = [], [], ""
    while address is not None:
        shown = page(as_alice, dana, address, headers=HTMX if address else {})
        seen += re.findall(r'id="entry-(\d+)"', shown)
        headings += re.findall(r'day__head"><strong>([^<]+)', shown)
        found = re.search(rf'hx-get="/contacts/{dana.pk}/(\?[^"]*cursor=[^"]+)"', shown)
        address = found[1].replace("&amp;", "&") if found else None
    assert len(seen) == len(set(seen)) == 120
    assert len(headings) == len(set(headings))
    assert "Start of history" in shown


def test_the_three_empty_feeds_differ(as_alice, dana, make_note):
    nothing = page(as_alice, dana)
    assert "Nothing recorded for Dana Whitlock" in nothing
    assert "Write a note</a>" in nothing
    assert "Add a task</a>" in nothing
    dana.checked_at = None
    dana.save()
    assert "has not been synced yet" in page(as_alice, dana)
    make_note(dana)
    filtered = page(as_alice, dana, "?kind=note&q=zzz")
    assert "No notes match “zzz”" in filtered
    assert "Search all kinds" in filtered


@pytest.mark.parametrize(
    ("status", "words"), [("noshow", "No show"), ("showed", "Showed"), ("rescheduled_twice", "Rescheduled twice")]
)
def test_every_status_shows_also_one_nobody_told_us_of(as_alice, dana, make_appointment, status, words):
    make_appointment(dana, starts_in=-1, status=status)
    assert words in page(as_alice, dana)


def test_a_note_is_shown_with_its_markup_and_without_its_script(as_alice, dana, make_note):
    make_note(dana, "<p>Met <strong>Rosa</strong></p><script>alert(1)</script>")
    shown = page(as_alice, dana)
    assert "<strong>Rosa</strong>" in shown
    assert "alert(1)" not in shown


def test_a_long_note_folds_and_says_how_much_it_hides(as_alice, dana, make_note):
    make_note(dana, "A line of the note.\n" * 12)
    assert "Show 9 more lines" in page(as_alice, dana)


def test_a_change_tells_old_and_new(as_alice, dana, make_change):
    make_change(dana, Source=("Web", "Fair"))
    assert "Source: <s>Web</s> to <strong>Fair</strong>" in page(as_alice, dana, "?kind=change")
    make_change(dana, Phone=("", "1"), Email=("a", "b"))
    assert "2 fields changed" in page(as_alice, dana, "?kind=change")


def test_the_profile_keeps_the_two_clocks_apart_and_shows_unknown_fields(as_alice, dana, make_field):
    dana.updated_at = timezone.now() - timedelta(days=2)
    field = make_field(dana.workspace, "Budget", data_type="MONETORY")
    dana.custom_fields = [{"id": field.remote_id, "value": 48000}, {"id": "zz9", "value": "Flat"}]
    dana.save()
    shown = page(as_alice, dana)
    for words in ("Changed in GHL", "Last synced", "Budget", "48,000", "Field zz9", "Flat", dana.remote_id):
        assert words in shown


def test_a_refused_stream_is_said_and_the_rest_stays(as_alice, dana, make_note):
    StreamCursor.objects.create(
        connection=dana.connection, stream="appointments", state="refused", reason="GHL does not allow calendars."
    )
    make_note(dana, "Still here")
    shown = page(as_alice, dana)
    assert "Appointments could not be read" in shown
    assert "GHL does not allow calendars." in shown
    assert "Still here" in shown


def test_a_stream_that_is_switched_off_is_said_instead_of_looking_empty(as_alice, dana, make_note):
    for stream in ("appointments", "notes"):
        StreamCursor.objects.create(connection=dana.connection, stream=stream, is_on=False)
    make_note(dana, "Still here")
    shown = page(as_alice, dana)
    assert "Appointments and notes are switched off for Cedar North" in shown
    assert "An admin can switch them on." in shown
    assert "Still here" in shown


def test_a_merged_contact_leads_to_the_one_that_goes_on(as_alice, as_mallory, dana, make_contact):
    old = make_contact(dana.workspace, "Dana Old")
    address = f"/contacts/{old.pk}/"
    Contact.objects.filter(pk=old.pk).update(merged_into=dana)
    assert as_alice.get(address).status_code == 200  # a mere suspicion
    Contact.objects.filter(pk=old.pk).update(deleted_at=timezone.now())

    answer = as_alice.get(address)

    assert (answer.status_code, answer["Location"]) == (302, f"/contacts/{dana.pk}/")
    assert as_mallory.get(address).status_code == 404


def test_a_merge_is_told_on_the_timeline(as_alice, dana, make_change):
    entry = change_of(dana, change.merged("Dana Old", timezone.now() - timedelta(hours=1)))
    entry.save()
    assert "Merged with <strong><bdi>Dana Old</bdi></strong>" in page(as_alice, dana)


def test_a_lost_connection_keeps_the_page_readable(as_alice, dana, make_note, remote):
    make_note(dana, "Still here")
    remote.usable = False
    shown = page(as_alice, dana)
    assert "Cedar North is not connected" in shown
    assert "Still here" in shown


def test_without_write_access_no_tick_can_be_pressed(as_alice, dana, make_task, remote):
    make_task(dana)
    remote.may_write = False
    shown = page(as_alice, dana)
    assert "Needs write access" in shown
    assert "/complete/" not in shown


def test_while_a_connection_is_lost_a_tick_can_be_pressed_and_waits(as_alice, dana, make_task, remote):
    make_task(dana)
    remote.usable = False
    assert "/complete/" in page(as_alice, dana)


def test_an_account_that_was_disconnected_takes_no_tick(as_alice, dana, make_task):
    make_task(dana)
    type(dana.connection).objects.update(state="revoked")
    shown = page(as_alice, dana)
    assert "Not connected" in shown
    assert "/complete/" not in shown


def test_a_completed_task_says_who_completed_it_and_for_whom(
    as_alice, as_bob, alice, dana, make_task, make_user, workspace, now
):
    owner = make_user(workspace, "Priya Raman")
    task = make_task(dana, is_completed=True, due_in=-2, owner_remote_id=owner.remote_id)
    times = dict.fromkeys(("not_before", "created_at", "sent_at", "settled_at"), now - timedelta(days=400))
    made = new_write("task.complete", task, state="confirmed", actor=alice, **times)
    made.save()

    for viewer, name in ((as_alice, "You"), (as_bob, "Alice")):
        words = re.sub(r"<[^>]+>|\s+", " ", page(viewer, dana))
        assert f"{name} completed Send the quote · assigned to Priya Raman" in re.sub(" +", " ", words)


def test_one_that_was_completed_elsewhere_says_no_more_than_that(as_alice, dana, make_task):
    make_task(dana, is_completed=True, due_in=-2)
    words = re.sub(r"<[^>]+>|\s+", " ", page(as_alice, dana))
    assert "Completed Send the quote" in re.sub(" +", " ", words)


def test_a_reopening_that_failed_stands_in_the_past_with_its_retry(as_alice, alice, dana, make_task, now):
    task = make_task(dana, is_completed=True, due_in=-2)
    new_write("task.reopen", task, actor=alice, state="failed", not_before=now, reason="Refused.").save()
    shown = page(as_alice, dana)
    assert shown.count(f'id="task-{task.pk}"') == 1
    assert f"/tasks/{task.pk}/retry/" in shown


def test_a_failed_wish_stands_in_its_row_with_reason_and_retry(as_alice, alice, dana, make_task):
    task = make_task(dana)
    why = "GHL says this task is gone."
    asked = {"actor": alice, "state": "failed", "not_before": timezone.now(), "reason": why}
    new_write("task.complete", task, **asked).save()
    shown = page(as_alice, dana)
    assert "GHL says this task is gone." in shown
    assert f"/tasks/{task.pk}/retry/" in shown


@pytest.mark.parametrize("cursor", ["x", "e30", "%00", "WyIyMDI2LTAxLTAxIiwgMV0"])
def test_a_cursor_that_we_did_not_write_shows_the_first_page(as_alice, dana, make_note, cursor):
    make_note(dana, "Still here")
    assert "Still here" in page(as_alice, dana, f"?cursor={cursor}")


def test_a_page_costs_the_same_whatever_is_on_it(
    as_alice, dana, make_note, make_task, make_appointment, make_change, django_assert_num_queries
):
    for number in range(20):
        make_note(dana, days_ago=number)
        make_task(dana, due_in=number - 10)
        make_task(dana, due_in=-number, is_completed=True)
        make_appointment(dana, starts_in=number - 10)
    make_change(dana, Source=("a", "b"))
    # session, person, workspaces with roles, contact with schedule, writes for the page's version; names, streams
    # that are not read; all lists, how many there are of what is to be done; runs, where the account was never
    # read to the end. Without a business or writes those are not asked for.
    with django_assert_num_queries(9):
        page(as_alice, dana)


def test_results_under_a_filter_do_not_ask_how_fresh_the_account_is(
    as_alice, dana, make_note, django_assert_num_queries
):
    make_note(dana)
    SyncSchedule.objects.update(last_synced_at=None)
    # session, person, workspaces, contact, writes, names, streams that are not read, the list; runs only to tell
    # how fresh an account is that was never read to the end.
    with django_assert_num_queries(8):
        as_alice.get(f"/contacts/{dana.pk}/?kind=note", headers={"HX-Request": "true"})


def test_a_restored_history_entry_gets_the_whole_page(as_alice, dana):
    answer = as_alice.get(
        f"/contacts/{dana.pk}/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    )

    assert answer.status_code == 200
    assert "<html" in answer.content.decode()


def test_only_who_manages_this_account_may_reconnect_it(as_mallory, mallory, workspace, dana, reconnectable):
    Membership.objects.create(user=mallory, workspace=workspace, role=Membership.Role.REP)
    shown = page(as_mallory, dana)
    assert "The sign-in is no longer accepted." in shown
    assert "/reconnect/" not in shown, "mallory is an admin elsewhere, and a rep here"

    Membership.objects.filter(user=mallory, workspace=workspace).update(role=Membership.Role.ADMIN)
    assert "/reconnect/" in page(as_mallory, dana)


def test_a_number_is_shown_as_people_here_write_it_and_dials_with_its_extension(as_alice, workspace, make_contact):
    workspace.country = "US"
    workspace.save()
    shown = page(as_alice, make_contact(workspace, phone="+18025550117 x23", country="US"))
    assert ">(802) 555-0117 ext. 23<" in shown
    assert shown.count('href="tel:+18025550117,23"') == 3
    abroad = page(as_alice, make_contact(workspace, phone="020 7946 0018", country="GB"))
    assert ">+44 20 7946 0018<" in abroad
    nothing = page(as_alice, make_contact(workspace, phone="ask Rosa"))
    assert "ask Rosa" in nothing
    assert "tel:" not in nothing
