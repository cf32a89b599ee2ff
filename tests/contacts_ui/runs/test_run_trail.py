"""From an item to its run, from the run to its calls and its items, and what the run will still cost."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts_ui.components.run_status import still_to_come
from contacts_ui.runs.calls import OperationRow, calls_of
from integrations.activity.kinds import BY_MODEL
from integrations.activity.models import ActivityEntry
from integrations.connections.ports import Outcome
from integrations.connections.status import ConnectionStatus
from integrations.sync import calls
from integrations.sync.models import ApiCall, SyncRun
from tests.contacts_ui.runs.test_run_page import fail_records
from tests.sync.fake import a_call

HTMX = {"HTTP_HX_REQUEST": "true"}


def page_of(run: SyncRun, name: str = "run") -> str:
    return reverse(f"contacts_ui:{name}", args=[run.pk])


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def make_calls(run: SyncRun, *made: Any) -> None:
    calls.keep(made, run.connection_id, run.pk)


def entry_of(item: Any) -> ActivityEntry:
    return ActivityEntry.objects.get(kind=BY_MODEL[type(item)].name, source_id=item.pk)


def bring(run: SyncRun, *items: Any) -> None:
    ActivityEntry.objects.filter(pk__in=[entry_of(item).pk for item in items]).update(run_id=run.pk)


# Calls ------------------------------------------------------------------------------------------------------


def test_each_operation_tells_its_calls_tries_failures_median_and_slowest(workspace, make_run):
    run, other = make_run(workspace), make_run(workspace)
    make_calls(run, *(a_call("list_notes", ms=ms) for ms in (300, 100, 200, 900)))
    make_calls(
        run, a_call("list_notes", Outcome.TRANSIENT, ms=5000), a_call("list_notes", ms=150, attempt=2, status=200)
    )
    make_calls(run, a_call("get_contact", Outcome.ABSENT, ms=40))
    make_calls(other, a_call("list_notes", ms=99_999))

    notes, contact = calls_of(run).rows

    assert notes == OperationRow("List notes", 5, 6, 1, 200, 5000)
    # That a record is not there is an answer.
    assert contact == OperationRow("Get contact", 1, 1, 0, 40, 40)


def test_the_page_shows_the_calls_and_the_latest_failed_with_their_trace(as_bob, workspace, make_run):
    run = make_run(workspace)
    refused = a_call(
        "search_tasks", Outcome.RATE_LIMITED, ms=904, attempt=2, status=429, burst_left=0, trace="t-77"
    )
    make_calls(run, a_call("search_tasks", ms=120, status=200), refused)
    page = text(as_bob.get(page_of(run)))
    for shown in (
        "Search tasks",
        "1 failed",
        "904 ms",
        "Rate limited",
        ", try 2",
        "t-77",
        ">429<",
        "0 left in",
    ):
        assert shown in page


def test_only_the_latest_twenty_failed_calls_are_listed(as_bob, workspace, make_run):
    run = make_run(workspace)
    make_calls(run, *(a_call("list_notes", Outcome.TRANSIENT) for _ in range(60)))
    page = as_bob.get(page_of(run))
    assert text(page).count('id="call-') == 20
    assert page.context["calls"].failed[0].call == ApiCall.objects.last()


def test_a_run_without_calls_shows_no_empty_table(as_bob, workspace, make_run):
    assert "calls-title" not in text(as_bob.get(page_of(make_run(workspace))))


# Items ------------------------------------------------------------------------------------------------------


def test_a_run_lists_what_it_brought_with_links_to_the_contacts(
    as_bob, workspace, make_run, make_contact, make_note, make_task, make_appointment, make_change
):
    run, dana = make_run(workspace), make_contact(workspace)
    note = make_note(dana, "They want all seven clinics on one contract.")
    bring(run, note, make_task(dana, "Send the lease"), make_appointment(dana, "Site walk"))
    ActivityEntry.objects.filter(pk=make_change(dana, owner_id=("a", "b")).pk).update(run_id=run.pk)
    page = text(as_bob.get(page_of(run)))
    assert "4 items" in page
    for shown in ("seven clinics", "Send the lease", "Site walk", "owner id", "Dana Whitlock"):
        assert shown in page
    assert f"/contacts/{dana.pk}/#entry-{entry_of(note).pk}" in page


def test_all_items_are_reached_fifty_at_a_time_the_latest_first(
    as_bob, workspace, make_run, make_contact, make_note, django_assert_num_queries
):
    run, dana = make_run(workspace), make_contact(workspace)
    bring(run, *(make_note(dana, f"Note {number}") for number in range(123)))
    seen, place = [], ""
    while place is not None:
        page = as_bob.get(page_of(run) + place, **({"HTTP_HX_REQUEST": "true"} if place else {}))
        rows = page.context["items"]
        seen += [item.words for item in rows.rows]
        place = f"?items_before={rows.before}" if rows.before else None
    assert seen == [f"Note {number}" for number in reversed(range(123))]

    with django_assert_num_queries(4):  # session, person, the run, its items
        as_bob.get(f"{page_of(run)}?items_before=99", HTTP_HX_REQUEST="true")


def test_an_address_says_how_many_items_and_failures_the_page_shows(
    as_bob, workspace, make_run, make_contact, make_note
):
    run, dana = make_run(workspace), make_contact(workspace)
    bring(run, *(make_note(dana, f"Note {number}") for number in range(60)))
    fail_records(run, 60)
    page = as_bob.get(f"{page_of(run)}?items=51&failures=51")
    assert (len(page.context["items"].rows), len(page.context["failures"].rows)) == (60, 60)


def test_without_scripts_older_items_come_as_a_page(as_bob, workspace, make_run, make_contact, make_note):
    run, dana = make_run(workspace), make_contact(workspace)
    bring(run, *(make_note(dana, f"Note {number}") for number in range(53)))
    before = as_bob.get(page_of(run)).context["items"].before
    assert "<html" in text(page := as_bob.get(f"{page_of(run)}?items_before={before}"))
    assert [item.words for item in page.context["items"].rows] == ["Note 2", "Note 1", "Note 0"]


def test_the_items_of_a_run_under_way_are_the_latest_only(
    as_bob, workspace, make_running, make_contact, make_note
):
    run, dana = make_running(workspace), make_contact(workspace)
    bring(run, *(make_note(dana, f"Note {number}") for number in range(53)))
    page = text(as_bob.get(page_of(run)))
    assert "The latest 50" in page
    assert "items_before" not in page


def test_very_many_items_are_counted_as_far_as_is_cheap(
    as_bob, workspace, make_run, make_contact, make_note, monkeypatch
):
    monkeypatch.setattr("contacts_ui.runs.items.MOST_COUNTED", 2)
    run, dana = make_run(workspace), make_contact(workspace)
    bring(run, *(make_note(dana, f"Note {number}") for number in range(2)))
    assert "2 items" in text(as_bob.get(page_of(run)))
    bring(run, make_note(dana, "One more"))
    with CaptureQueriesContext(connection) as asked:
        assert "2+ items" in text(as_bob.get(page_of(run)))
    counting = [query["sql"] for query in asked.captured_queries if "COUNT" in query["sql"]]
    assert any("LIMIT 3" in sql for sql in counting)


def test_a_number_that_another_account_uses_shows_nothing_of_it(
    as_bob, workspace, other_workspace, make_run, make_contact, make_note
):
    run = make_run(workspace)
    bring(run, make_note(make_contact(other_workspace, "Stella Stranger"), "Secret"))
    page = text(as_bob.get(page_of(run)))
    assert "Stella" not in page
    assert "Secret" not in page


def test_an_item_links_to_its_run_only_for_those_who_oversee_its_account(
    as_alice, as_bob, workspace, make_run, make_contact, make_note
):
    run, dana = make_run(workspace), make_contact(workspace)
    note = make_note(dana)
    bring(run, note)
    address = f"/contacts/{dana.pk}/source/note-{note.pk}/"
    for part in ({}, HTMX):  # a page of its own, and the panel of its row
        assert f'href="{page_of(run)}"' in text(as_bob.get(address, **part))
        page = text(as_alice.get(address, **part))
        assert f"Sync run {run.pk}" in page
        assert page_of(run) not in page


def test_an_item_that_outlives_its_run_says_so_and_leads_nowhere(
    as_bob, workspace, make_run, make_contact, make_note
):
    run, dana = make_run(workspace), make_contact(workspace)
    note = make_note(dana)
    bring(run, note)
    address, number = page_of(run), run.pk
    run.delete()

    page = text(as_bob.get(f"/contacts/{dana.pk}/source/note-{note.pk}/"))

    assert f"Sync run {number}, no longer in the log" in page
    assert address not in page


def test_a_manager_elsewhere_gets_no_link_that_leads_nowhere(
    bob, as_bob, other_workspace, make_run, make_contact, make_note
):
    other_workspace.memberships.create(user=bob, role="rep")
    run, dana = make_run(other_workspace), make_contact(other_workspace)
    note = make_note(dana)
    bring(run, note)
    page = text(as_bob.get(f"/contacts/{dana.pk}/source/note-{note.pk}/"))
    assert f"Sync run {run.pk}" in page
    assert page_of(run) not in page
    assert as_bob.get(page_of(run)).status_code == 404


# What it costs ----------------------------------------------------------------------------------------------


def test_the_trail_costs_the_same_however_long_it_is(
    as_bob, workspace, make_running, make_contact, make_note, django_assert_num_queries
):
    run = make_running(workspace)
    for number in (1, 60):
        bring(run, *(make_note(make_contact(workspace)) for _ in range(number)))
        make_calls(run, *(a_call("list_notes", Outcome.TRANSIENT) for _ in range(number)))
        with django_assert_num_queries(7):  # session, person, run; items counted, calls, failed calls, items
            assert as_bob.get(page_of(run, "run-trail"), **HTMX).status_code == 200


def test_the_trail_of_a_running_run_is_asked_for_again_and_that_of_an_ended_one_is_not(
    as_bob, workspace, make_running
):
    run = make_running(workspace)
    address = page_of(run, "run-trail")
    assert f'hx-get="{address}?seen" hx-trigger="every 10s"' in text(as_bob.get(page_of(run)))
    SyncRun.objects.update(state="done", ended_at=timezone.now())
    page = text(as_bob.get(address, **HTMX))
    assert "every 10s" not in page
    assert "<html" not in page
    assert as_bob.get(address).url == page_of(run)


def test_the_end_of_a_watched_run_brings_its_last_calls(as_bob, workspace, make_running):
    run = make_running(workspace)
    SyncRun.objects.update(state="done", ended_at=timezone.now())
    make_calls(run, a_call("list_notes"))
    address = page_of(run, "run-progress") + "?seen=running-1"
    page = text(as_bob.get(address, **HTMX))
    assert 'id="run-trail" hx-swap-oob="true"' in page
    assert "List notes" in page


def test_strangers_and_reps_find_no_trail(as_alice, as_mallory, workspace, make_running):
    run = make_running(workspace)
    assert as_alice.get(page_of(run, "run-trail"), **HTMX).status_code == 404
    assert as_mallory.get(page_of(run, "run-trail"), **HTMX).status_code == 404


STATUS = ConnectionStatus(
    connection_id="1",
    kind="oauth",
    state="connected",
    label="Connected",
    is_usable=True,
    may_write=True,
    requests_today=31_480,
    daily_limit=200_000,
    requests_per_second=10,
)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (
            {"requests": 0, "forecast": 5113},
            "The running sync needs 5,113 requests, about 9 minutes, 3% of today.",
        ),
        ({"requests": 1905}, "The running sync still needs 1,168 requests, under 1% of today."),
        ({"requests": 3080}, ""),
        ({"forecast": None}, ""),
        ({"state": "done", "requests": 1905}, ""),
    ],
    ids=["not begun", "under way", "more than forecast", "not counted", "ended"],
)
def test_a_run_says_what_it_will_still_cost(run, said):
    known = {"state": "running", "forecast": 3073}
    assert still_to_come(SyncRun(**(known | run)), STATUS) == said


def test_a_run_that_today_cannot_hold_says_so():
    run = SyncRun(state="running", forecast=5000)
    assert still_to_come(run, replace(STATUS, requests_today=196_000)).endswith("continues tomorrow.")
