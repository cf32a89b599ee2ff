"""A run's page: how far it is, what it could not read, and how a watched run updates."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts_ui.runs import progress
from integrations.sync.models import RecordFailure, SyncRun

HTMX = {"HTTP_HX_REQUEST": "true"}


def fail_records(run: SyncRun, number: int, **fields: Any) -> None:
    RecordFailure.objects.bulk_create(
        RecordFailure(
            run=run,
            connection=run.connection,
            stream="appointments",
            remote_id=f"appointment-{n:05}",
            reason="No start.",
            **fields,
        )
        for n in range(number)
    )


def page_of(run: SyncRun) -> str:
    return reverse("contacts_ui:run", args=[run.pk])


def progress_of(run: SyncRun, seen: str = "", failures: int = 0) -> str:
    return reverse("contacts_ui:run-progress", args=[run.pk]) + f"?seen={seen}&failures={failures}"


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


# A run ------------------------------------------------------------------------------------------------------


def test_a_running_run_tells_how_far_it_is_and_how_long_it_will_take(as_bob, workspace, make_running):
    page = text(as_bob.get(page_of(make_running(workspace))))
    for shown in ("40 of 100 requests", "About 2 min left", "20 of 500 contacts", "500 of 500", "box, process 41"):
        assert shown in page
    assert '<noscript><meta http-equiv="refresh"' in page


def test_an_ended_run_does_not_ask_again_and_tells_what_it_cost(as_bob, workspace, make_run):
    run = make_run(workspace, contacts={"added": 7, "changed": 1}, requests=31, took=75)
    page = text(as_bob.get(page_of(run)))
    assert "8 changes brought in" in page
    assert "31 requests in 1 min 15 s" in page
    assert "every 1s" not in page
    assert "http-equiv" not in page


def test_a_refused_stream_says_why_and_keeps_the_providers_words_behind_details(as_bob, workspace, make_run):
    notes = {"state": "refused", "reason": "GHL does not allow reading notes.", "detail": "401 no scope"}
    page = text(as_bob.get(page_of(make_run(workspace, "partial", contacts={}, notes=notes))))
    assert "GHL does not allow reading notes." in page
    assert '<summary class="link-button">Details</summary><pre>401 no scope</pre>' in page
    assert "Nothing read" in page


def test_a_paused_run_says_until_when_and_a_silent_worker_is_said_too(as_bob, workspace, make_running):
    run = make_running(
        workspace, not_before=timezone.now() + timedelta(hours=2), reason="Today's budget is spent."
    )
    page = text(as_bob.get(page_of(run)))
    assert "continues automatically" in page
    assert "Today&#x27;s budget is spent." in page or "Today's budget is spent." in page
    SyncRun.objects.update(not_before=None, heartbeat_at=timezone.now() - timedelta(minutes=5))
    assert "The worker has not responded" in text(as_bob.get(page_of(run)))


def test_a_failed_record_names_itself_its_contact_and_the_reason(as_bob, workspace, make_run, make_contact):
    run = make_run(workspace, notes={"failed": 1})
    dana = make_contact(workspace)
    RecordFailure.objects.create(
        run=run,
        connection=run.connection,
        stream="notes",
        contact_remote_id=dana.remote_id,
        reason="502",
        tries=3,
    )
    long_id = "k2Rf0123456789b9Q"
    RecordFailure.objects.create(
        run=run,
        connection=run.connection,
        stream="appointments",
        remote_id=long_id,
        reason="GHL sent no start time.",
    )
    page = text(as_bob.get(page_of(run)))
    assert "Notes of one contact" in page
    assert "Dana Whitlock" in page
    assert f'title="{long_id}">k2Rf…b9Q' in page
    assert "GHL sent no start time." in page


def test_another_accounts_contact_is_never_named_beside_a_failure(
    as_bob, workspace, other_workspace, make_run, make_contact
):
    run = make_run(workspace)
    stranger = make_contact(other_workspace, "Stella Stranger")
    RecordFailure.objects.create(
        run=run,
        connection=run.connection,
        stream="notes",
        contact_remote_id=stranger.remote_id,
        reason="502",
    )
    assert "Stella Stranger" not in text(as_bob.get(page_of(run)))


def test_five_thousand_failures_come_fifty_at_a_time(as_bob, workspace, make_run, django_assert_max_num_queries):
    run = make_run(workspace)
    fail_records(run, 5000)
    page = as_bob.get(page_of(run))
    assert "5,000" in text(page)
    assert text(page).count('id="failure-') == 50
    after = page.context["failures"].after
    more = as_bob.get(f"{page_of(run)}?after={after}", **HTMX)
    assert text(more).count('id="failure-') == 50
    assert b"<html" not in more.content
    assert more.context["failures"].rows[0].failure.pk > after


# Watching a run ---------------------------------------------------------------------------------------------


def watch(client: Any, run: SyncRun, seen: str | None = None, failures: int = 0) -> Any:
    run.refresh_from_db()
    known = progress.version_of(run, timezone.now()) if seen is None else seen
    return client.get(progress_of(run, known, failures), **HTMX)


def test_nothing_new_is_204_and_costs_one_query_beside_the_session(
    as_bob, workspace, make_running, django_assert_num_queries
):
    run = make_running(workspace)
    seen = progress.version_of(SyncRun.objects.get(pk=run.pk), timezone.now())
    with django_assert_num_queries(3):  # session, person, run with its workspace
        answer = as_bob.get(progress_of(run, seen), **HTMX)
    assert answer.status_code == 204
    assert answer.content == b""


@pytest.mark.parametrize(
    "change",
    [
        {"requests": 41},
        {"heartbeat_at": timezone.now() + timedelta(microseconds=7)},
        {"lease_owner": ""},
        {"resumed": 1},
        {"not_before": timezone.now() + timedelta(hours=1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_the_run_changes_its_version(as_bob, workspace, make_running, change):
    run = make_running(workspace)
    seen = progress.version_of(SyncRun.objects.get(pk=run.pk), timezone.now())
    SyncRun.objects.update(**change)
    answer = watch(as_bob, run, seen)
    assert answer.status_code == 200
    assert 'id="run-live"' in text(answer)
    assert b"<html" not in answer.content


def test_time_alone_changes_the_version_when_a_worker_falls_silent_or_a_pause_ends(workspace, make_running):
    run, now = make_running(workspace), timezone.now()
    assert progress.version_of(run, now) != progress.version_of(run, now + timedelta(minutes=5))
    run.not_before, run.lease_owner = now + timedelta(minutes=1), ""
    assert progress.version_of(run, now) != progress.version_of(run, now + timedelta(minutes=5))


def test_the_page_asks_with_the_version_that_it_shows(as_bob, workspace, make_running):
    run = make_running(workspace)
    page = as_bob.get(page_of(run))
    asked = progress_of(run, page.context["version"]).replace("&", "&amp;")
    assert f'hx-get="{asked}" hx-trigger="every 1s, wake"' in text(page)
    assert as_bob.get(asked.replace("&amp;", "&"), **HTMX).status_code == 204


def test_the_end_is_286_with_the_final_state_and_nothing_that_asks_again(as_bob, workspace, make_running):
    run = make_running(workspace)
    seen = progress.version_of(SyncRun.objects.get(pk=run.pk), timezone.now())
    SyncRun.objects.update(state="done", ended_at=timezone.now())
    answer = watch(as_bob, run, seen)
    assert answer.status_code == 286
    page = text(answer)
    assert "3 changes brought in" in page
    assert "every 1s" not in page
    assert 'id="run-state" hx-swap-oob="true"' in page
    assert 'id="run-acts" hx-swap-oob="true"' in page
    assert 'id="stop"' not in page


def test_a_plain_visit_to_the_progress_address_gets_the_page(as_bob, workspace, make_running):
    run = make_running(workspace)
    assert as_bob.get(progress_of(run)).url == page_of(run)


def test_new_failures_appear_but_rows_that_were_paged_through_stay(as_bob, workspace, make_running):
    run = make_running(workspace)
    fail_records(run, 2)
    few = text(watch(as_bob, run, "running-old", failures=1))
    assert 'id="run-failures" aria-labelledby="failures-title" hx-swap-oob="true"' in few
    fail_records_again = text(watch(as_bob, run, "running-old", failures=2))
    assert "run-failures" not in fail_records_again
    many = text(watch(as_bob, run, "running-old", failures=51))
    assert 'id="failures-total" hx-swap-oob="true"' in many
    assert 'id="run-failures"' not in many


# What it costs ----------------------------------------------------------------------------------------------


def test_a_run_makes_the_same_queries_however_much_failed(
    as_carol, workspace, make_running, django_assert_num_queries
):
    """Session, person, run, streams, failures counted, failures, their contacts, items counted; calls,
    items; workspaces of the frame."""
    run = make_running(workspace)
    for number in (1, 60):
        RecordFailure.objects.all().delete()
        fail_records(run, number, contact_remote_id="someone")
        with django_assert_num_queries(11):
            assert as_carol.get(page_of(run)).status_code == 200
