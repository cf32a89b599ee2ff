"""The sync log and the page of a run: who sees them, what they say, what they cost, how a watched run updates."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts_ui import durations, run_looks, run_page, sync_log
from contacts_ui.sync_verdict import Standing, verdict
from integrations.sync import registry
from integrations.sync.models import OutboxWrite, Pulse, RecordFailure, RunStream, SyncRun, SyncSchedule
from integrations.workspace.models import AuditEntry, Workspace
from tests.sync.fake import FakeProvider

LOG = "/sync/"
HTMX = {"HTTP_HX_REQUEST": "true"}
NAMES = count(1)


@pytest.fixture
def as_bob(bob, sign_in):
    return sign_in(bob)


@pytest.fixture
def as_carol(carol, sign_in):
    return sign_in(carol)


@pytest.fixture
def as_staff(staff, sign_in):
    return sign_in(staff)


@pytest.fixture
def make_run():
    """A run with its streams: `contacts={"added": 3}` sets columns of that stream."""

    def _make(
        place: Workspace, state: str = "done", *, minutes_ago: float = 10, took: float = 6, **parts: Any
    ) -> SyncRun:
        streams = {key: parts.pop(key) for key in ("contacts", "tasks", "appointments", "notes") if key in parts}
        began = timezone.now() - timedelta(minutes=minutes_ago)
        times: dict[str, Any] = {"created_at": began, "started_at": began}
        if state not in SyncRun.ACTIVE:
            times["ended_at"] = began + timedelta(seconds=took)
        known = {"kind": "incremental", "trigger": "schedule", "requests": 4}
        run = SyncRun.objects.create(workspace=place, state=state, **(known | times | parts))
        for position, (key, columns) in enumerate(streams.items()):
            columns = {"state": "done", "by_contact": key == "notes"} | columns
            RunStream.objects.create(run=run, stream=key, position=position, **columns)
        return run

    return _make


@pytest.fixture
def make_running(make_run):
    def _make(place: Workspace, **fields: Any) -> SyncRun:
        known = {"lease_owner": "box:41:aa", "heartbeat_at": timezone.now(), "forecast": 100, "requests": 40}
        streams = {
            "contacts": {"read": 500, "total": 500, "added": 3},
            "notes": {"state": "running", "read": 20, "total": 500},
        }
        return make_run(place, "running", minutes_ago=1, **(known | streams | fields))

    return _make


@pytest.fixture
def make_write(make_contact, make_task):
    def _make(
        place: Workspace, state: str = "failed", title: str = "Send references", **fields: Any
    ) -> OutboxWrite:
        task = make_task(make_contact(place, f"Dana Number{next(NAMES)}"), title)
        known = {"wish": {"is_completed": True}, "base": {"is_completed": False}, "not_before": timezone.now()}
        return OutboxWrite.objects.create(workspace=place, task=task, state=state, **(known | fields))

    return _make


class Broken(FakeProvider):
    """A provider whose connection waits for a person, who is told where to reconnect it."""

    def status(self, workspace_ids: Any) -> Any:
        self.usable = False
        statuses = super().status(workspace_ids)
        return {pk: replace(status, reconnect_url="/reconnect/") for pk, status in statuses.items()}


@pytest.fixture
def broken(remote, settings):
    settings.SYNC_PROVIDERS = {"fake": f"{__name__}.Broken"}
    registry.provider.cache_clear()


def fail_records(run: SyncRun, number: int, **fields: Any) -> None:
    RecordFailure.objects.bulk_create(
        RecordFailure(
            run=run, stream="appointments", remote_id=f"appointment-{n:05}", reason="No start.", **fields
        )
        for n in range(number)
    )


def page_of(run: SyncRun) -> str:
    return reverse("contacts_ui:run", args=[run.pk])


def progress_of(run: SyncRun, seen: str = "", failures: int = 0) -> str:
    return reverse("contacts_ui:run-progress", args=[run.pk]) + f"?seen={seen}&failures={failures}"


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


# Who may see and act ----------------------------------------------------------------------------------------


def test_a_rep_finds_no_log_no_run_and_no_entry_in_the_navigation(as_alice, workspace, make_run):
    run = make_run(workspace)
    assert as_alice.get(LOG).status_code == 404
    assert as_alice.get(page_of(run)).status_code == 404
    assert as_alice.get(progress_of(run), **HTMX).status_code == 404
    assert "Sync log" not in text(as_alice.get("/contacts/"))


def test_a_stranger_finds_no_run_and_sees_none_of_its_rows(as_mallory, workspace, make_run, make_write):
    run, write = make_run(workspace), make_write(workspace, title="Secret errand")
    assert as_mallory.get(page_of(run)).status_code == 404
    for action in ("retry", "dismiss"):
        assert as_mallory.post(f"/sync/writes/{write.pk}/{action}/").status_code == 404
    assert as_mallory.post(f"/sync/runs/{run.pk}/stop/").status_code == 404
    page = text(as_mallory.get(f"{LOG}?account={workspace.pk}"))
    assert "Secret errand" not in page
    assert "Cedar North" not in page
    write.refresh_from_db()
    assert write.state == "failed"


def test_a_visitor_is_asked_to_sign_in(client, workspace, make_run):
    assert client.get(LOG).status_code == 302
    assert client.get(page_of(make_run(workspace))).status_code == 302


def test_a_manager_reads_but_can_neither_start_nor_stop(as_bob, workspace, make_running):
    run = make_running(workspace)
    page = text(as_bob.get(page_of(run)))
    assert "40 of 100 requests" in page
    assert 'id="stop"' not in page
    assert 'id="sync-now"' not in text(as_bob.get(LOG))
    assert as_bob.post(f"/sync/runs/{run.pk}/stop/").status_code == 404
    run.refresh_from_db()
    assert run.state == "running"


def test_an_admin_stops_a_run_once_and_what_it_brought_stays(as_carol, carol, workspace, make_running):
    run = make_running(workspace)
    assert 'id="stop"' in text(as_carol.get(page_of(run)))
    answer = as_carol.post(f"/sync/runs/{run.pk}/stop/", follow=True)
    assert "Stopped, 3 changes brought in before, which stay" in text(answer)
    assert AuditEntry.objects.get(act="sync.stop").actor == carol
    again = as_carol.post(f"/sync/runs/{run.pk}/stop/", follow=True)
    assert "This run had ended already" in text(again)
    assert AuditEntry.objects.filter(act="sync.stop").count() == 1


def test_staff_see_every_account_and_the_account_filter_narrows(as_staff, workspace, other_workspace, make_run):
    make_run(workspace), make_run(other_workspace)
    assert text(as_staff.get(LOG)).count('class="run-row"') == 2
    one = text(as_staff.get(f"{LOG}?account={other_workspace.pk}"))
    assert one.count('class="run-row"') == 1


@pytest.mark.parametrize("address", ["stop", "retry", "dismiss"])
def test_acts_refuse_to_be_links(as_carol, workspace, make_running, make_write, address):
    run, write = make_running(workspace), make_write(workspace)
    path = f"/sync/runs/{run.pk}/stop/" if address == "stop" else f"/sync/writes/{write.pk}/{address}/"
    assert as_carol.get(path).status_code == 405


# The log ----------------------------------------------------------------------------------------------------


def test_with_no_account_the_log_says_what_to_do_first(as_staff):
    assert "No account is connected yet" in text(as_staff.get(LOG))


def test_before_the_first_run_the_log_offers_it_to_whoever_may_start_it(as_carol, as_bob, workspace):
    SyncSchedule.objects.update(last_synced_at=None)
    assert "Nothing has synced yet" in text(as_carol.get(LOG))
    assert "Sync Cedar North now" in text(as_carol.get(LOG))
    assert "An admin of the account starts the first sync" in text(as_bob.get(LOG))


def test_figures_are_those_of_the_period(as_bob, workspace, make_run, make_write):
    make_run(workspace, contacts={"added": 2, "changed": 3, "removed": 1, "same": 90}, tasks={"added": 4})
    make_run(workspace, minutes_ago=3 * 24 * 60, notes={"added": 100})
    make_write(workspace, "confirmed", settled_at=timezone.now())
    make_write(workspace, "confirmed", settled_at=timezone.now() - timedelta(days=3))
    make_write(workspace, "queued"), make_write(workspace, "failed"), make_write(workspace, "conflict")
    day = as_bob.get(LOG).context["figures"]
    assert day == sync_log.Figures(changes=10, confirmed=1, waiting=1, failed=2)
    week = as_bob.get(f"{LOG}?period=week").context["figures"]
    assert week == sync_log.Figures(changes=110, confirmed=2, waiting=1, failed=2)


def test_chips_count_and_filter_the_runs(as_bob, workspace, make_run):
    make_run(workspace, contacts={"same": 5})
    make_run(workspace, contacts={"changed": 1})
    make_run(workspace, "partial", notes={"state": "refused", "reason": "GHL does not allow it."})
    make_run(workspace, "failed", contacts={"state": "failed"}, reason="GHL did not answer.")
    response = as_bob.get(LOG)
    assert response.context["counts"] == {"all": 4, "changes": 1, "partly": 1, "failed": 1}
    for show, number in {"": 4, "changes": 1, "partly": 1, "failed": 1, "nonsense": 4}.items():
        assert len(as_bob.get(f"{LOG}?show={show}").context["page"].rows) == number


def test_a_filter_without_runs_says_so_and_leads_back(as_bob, workspace, make_run):
    make_run(workspace)
    page = text(as_bob.get(f"{LOG}?show=failed"))
    assert "No run failed in the last 24 hours" in page
    assert "Show all runs" in page


def test_a_row_tells_changes_refusals_failures_calls_and_time(as_bob, workspace, make_run):
    make_run(
        workspace,
        "partial",
        contacts={"added": 1, "changed": 40},
        notes={"added": 9, "failed": 2},
        appointments={"state": "refused"},
        requests=1180,
        took=12,
    )
    page = text(as_bob.get(LOG))
    for shown in ("Denied", "1,180", "12 s", "Partly done"):
        assert shown in page
    row = as_bob.get(LOG).context["page"].rows[0]
    assert [(cell.count, cell.word) for cell in row.cells] == [(41, ""), (0, ""), (9, ""), (0, "Denied")]
    assert row.failed == 2


def test_older_runs_follow_by_id_without_repeats_or_gaps(as_bob, workspace, make_run):
    runs = [make_run(workspace) for _ in range(sync_log.PAGE_SIZE + 7)]
    first = as_bob.get(LOG).context["page"]
    assert first.before is not None
    rest = as_bob.get(f"{LOG}?before={first.before}", **HTMX)
    shown = [row.run.pk for row in first.rows + rest.context["page"].rows]
    assert shown == [run.pk for run in reversed(runs)]
    assert b"<html" not in rest.content
    assert f"before={first.before}" in text(as_bob.get(LOG))


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "before=99999999999999999999", "account=0", "period=%00"]
)
def test_a_foreign_address_still_opens_the_log(as_bob, workspace, make_run, query):
    make_run(workspace)
    assert as_bob.get(f"{LOG}?{query}").status_code == 200


def test_a_connection_that_needs_somebody_is_said_once_with_its_effect(
    as_carol, as_bob, workspace, broken, make_contact, make_write
):
    make_contact(workspace)
    make_write(workspace, "queued")
    page = text(as_carol.get(LOG))
    assert "The sign-in is no longer accepted. 2 contacts stay readable, 1 edit waits." in page
    assert "/reconnect/" in page
    manager = text(as_bob.get(LOG))
    assert "/reconnect/" not in manager
    assert "An admin of this account can reconnect it." in manager


def test_an_account_that_was_disconnected_on_purpose_needs_nobody(as_carol, workspace, remote, make_run):
    make_run(workspace)
    remote.usable = False
    Workspace.objects.update(state="disconnected")
    page = text(as_carol.get(LOG))
    assert "Cedar North is disconnected." in page
    assert "banner--warn" not in page


def test_a_late_account_names_the_silent_worker(as_bob, workspace, make_run):
    make_run(workspace)
    SyncSchedule.objects.update(last_synced_at=timezone.now() - timedelta(hours=3))
    Pulse.objects.create(name="tick", at=timezone.now() - timedelta(hours=2))
    page = text(as_bob.get(LOG))
    assert "Nothing has synced since" in page
    assert "The background worker was last seen" in page


def test_foreign_words_are_shown_as_words(as_bob, workspace, make_write, make_run):
    make_write(workspace, title="<script>x</script>", reason="<b>no</b>")
    make_run(workspace)
    page = text(as_bob.get(LOG))
    assert "<script>x" not in page
    assert "&lt;b&gt;no&lt;/b&gt;" in page


# Writes that failed -----------------------------------------------------------------------------------------


def test_a_failed_write_shows_its_reason_and_is_sent_again_by_a_click(as_bob, bob, workspace, make_write):
    write = make_write(workspace, reason="GHL was not reachable.", actor=bob)
    page = text(as_bob.get(LOG))
    assert "GHL was not reachable." in page
    assert f"/contacts/{write.task.contact_id}/#task-{write.task_id}" in page
    answer = as_bob.post(f"/sync/writes/{write.pk}/retry/", follow=True)
    assert "is being sent again" in text(answer)
    write.refresh_from_db()
    assert write.state == "dismissed"
    assert OutboxWrite.objects.open().get().task == write.task
    as_bob.post(f"/sync/writes/{write.pk}/retry/")
    assert OutboxWrite.objects.count() == 2


def test_a_retry_that_is_refused_says_why_and_keeps_the_failure(as_bob, workspace, make_write, remote):
    write = make_write(workspace)
    remote.may_write = False
    answer = as_bob.post(f"/sync/writes/{write.pk}/retry/", follow=True)
    assert "was not sent. This account is connected for reading." in text(answer)
    write.refresh_from_db()
    assert write.state == "failed"


def test_a_dismissed_failure_leaves_the_list_and_an_htmx_click_gets_the_list_alone(as_bob, workspace, make_write):
    write = make_write(workspace)
    answer = as_bob.post(f"/sync/writes/{write.pk}/dismiss/?period=week", **HTMX)
    assert answer.status_code == 200
    assert b"<html" not in answer.content
    assert "Send references”: put away" in text(answer)
    assert f'id="write-{write.pk}"' not in text(answer)
    assert as_bob.post(f"/sync/writes/{write.pk}/dismiss/?period=week").url == f"{LOG}?period=week"


def test_older_failed_writes_follow_on_request(as_bob, workspace, make_write):
    writes = [make_write(workspace) for _ in range(sync_log.WRITES_AT_ONCE + 2)]
    page = as_bob.get(LOG).context["unsent"]
    rest = as_bob.get(f"{LOG}?writes_before={page.before}", **HTMX).context["unsent"]
    assert [w.pk for w in page.writes + rest.writes] == [w.pk for w in reversed(writes)]
    assert rest.before is None


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
    assert "goes on by itself" in page
    assert "Today&#x27;s budget is spent." in page or "Today's budget is spent." in page
    SyncRun.objects.update(not_before=None, heartbeat_at=timezone.now() - timedelta(minutes=5))
    assert "The worker has not been heard from" in text(as_bob.get(page_of(run)))


def test_a_failed_record_names_itself_its_contact_and_the_reason(as_bob, workspace, make_run, make_contact):
    run = make_run(workspace, notes={"failed": 1})
    dana = make_contact(workspace)
    RecordFailure.objects.create(run=run, stream="notes", contact_remote_id=dana.remote_id, reason="502", tries=3)
    long_id = "k2Rf0123456789b9Q"
    RecordFailure.objects.create(
        run=run, stream="appointments", remote_id=long_id, reason="GHL sent no start time."
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
    RecordFailure.objects.create(run=run, stream="notes", contact_remote_id=stranger.remote_id, reason="502")
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
    known = run_page.version_of(run, timezone.now()) if seen is None else seen
    return client.get(progress_of(run, known, failures), **HTMX)


def test_nothing_new_is_204_and_costs_one_query_beside_the_session(
    as_bob, workspace, make_running, django_assert_num_queries
):
    run = make_running(workspace)
    seen = run_page.version_of(SyncRun.objects.get(pk=run.pk), timezone.now())
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
        {"heartbeat_at": timezone.now() - timedelta(minutes=5)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_the_run_changes_its_version(as_bob, workspace, make_running, change):
    run = make_running(workspace)
    seen = run_page.version_of(SyncRun.objects.get(pk=run.pk), timezone.now())
    SyncRun.objects.update(**change)
    answer = watch(as_bob, run, seen)
    assert answer.status_code == 200
    assert 'id="run-live"' in text(answer)
    assert b"<html" not in answer.content


def test_the_page_asks_with_the_version_that_it_shows(as_bob, workspace, make_running):
    run = make_running(workspace)
    page = as_bob.get(page_of(run))
    asked = progress_of(run, page.context["version"]).replace("&", "&amp;")
    assert f'hx-get="{asked}" hx-trigger="every 1s, wake"' in text(page)
    assert as_bob.get(asked.replace("&amp;", "&"), **HTMX).status_code == 204


def test_the_end_is_286_with_the_final_state_and_nothing_that_asks_again(as_bob, workspace, make_running):
    run = make_running(workspace)
    seen = run_page.version_of(SyncRun.objects.get(pk=run.pk), timezone.now())
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


def test_the_log_makes_the_same_queries_for_one_run_as_for_fifty(
    as_carol, workspace, make_run, make_write, django_assert_num_queries
):
    """Session, person, roles, workspaces overseen; counts of runs, runs, their streams, failed writes, sums of
    streams, sums of writes; schedules twice (freshness, next), active runs, tick; workspaces managed; workspaces of
    the frame."""
    for number in (1, 50):
        for _ in range(number):
            make_run(workspace, contacts={"added": 1}, tasks={}, notes={})
            make_write(workspace)
        with django_assert_num_queries(16):
            assert as_carol.get(LOG).status_code == 200


def test_further_rows_of_the_log_cost_four_queries_and_the_session(
    as_carol, workspace, make_run, django_assert_num_queries
):
    for _ in range(60):
        last = make_run(workspace, contacts={"added": 1})
    with django_assert_num_queries(6):  # session, person, roles, workspaces; runs, streams
        as_carol.get(f"{LOG}?before={last.pk}", **HTMX)


def test_a_run_makes_the_same_queries_however_much_failed(
    as_carol, workspace, make_running, django_assert_num_queries
):
    """Session, person, run, streams, failures counted, failures, their contacts, may act; roles and workspaces of
    the frame."""
    run = make_running(workspace)
    for number in (1, 60):
        RecordFailure.objects.all().delete()
        fail_records(run, number, contact_remote_id="someone")
        with django_assert_num_queries(10):
            assert as_carol.get(page_of(run)).status_code == 200


# Words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0.0 s"), (0.62, "0.6 s"), (9.96, "10 s"), (75, "1 min 15 s"), (120, "2 min"), (4320, "1 h 12 min")],
)
def test_durations_are_as_exact_as_a_reader_can_use(seconds, words):
    assert durations.spelled(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "A few seconds left"), (38, "About 40 s left"), (131, "About 2 min left"), (7000, "About 2 h left")],
)
def test_what_is_left_is_said_like_the_guess_it_is(seconds, words):
    assert durations.left(seconds) == words


def test_the_share_never_claims_more_than_99_before_the_end():
    assert run_looks.share_done(SyncRun(requests=130, forecast=100)) == 99
    assert run_looks.share_done(SyncRun(requests=1, forecast=None)) is None


def standings(*kinds: str) -> list[Standing]:
    at = timezone.now() - timedelta(minutes=1)
    return [
        Standing(f"Account {n}", kind, None if kind in ("never", "first") else at) for n, kind in enumerate(kinds)
    ]


@pytest.mark.parametrize(
    ("kinds", "tone", "title"),
    [
        (("current",), "ok", "Everything is current."),
        (("current", "off"), "ok", "Everything is current."),
        (("current", "broken"), "warn", "Mostly working. One account needs you."),
        (("current", "broken", "late"), "warn", "Mostly working. Two accounts need you."),
        (("current", "late"), "warn", "Mostly working. One account is late."),
        (("first",), "accent", "The first sync is running."),
        (("never",), "accent", "Nothing has synced yet."),
        (("off",), "warn", "No account is connected."),
        ((), "warn", "No account is connected."),
    ],
)
def test_the_headline_answers_whether_it_works(kinds, tone, title):
    answer = verdict(standings(*kinds), timezone.localtime())
    assert (answer.tone, answer.title) == (tone, title)


def test_when_nothing_works_the_headline_says_since_when():
    answer = verdict(standings("broken", "late"), timezone.localtime())
    assert answer.tone == "error"
    assert answer.title.startswith("Nothing has synced since ")


def test_many_accounts_become_a_number():
    assert "5 accounts are current." in verdict(standings(*["current"] * 5, "late"), timezone.localtime()).text
