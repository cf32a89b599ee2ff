"""The sync log: who sees it, what it says of accounts, runs and failed writes, what it costs."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts_ui.components import unsent
from contacts_ui.sync_log import run_list
from contacts_ui.sync_log.figures import Figures
from integrations.connections.models import Connection
from integrations.sync.models import Pulse, SyncRun, SyncSchedule, Write
from integrations.workspace.models import AuditEntry

LOG = "/sync/"
HTMX = {"HTTP_HX_REQUEST": "true"}


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
    assert "Stopped, 3 changes brought in before that stay saved" in text(answer)
    assert AuditEntry.objects.get(act="sync.stop").actor == carol
    again = as_carol.post(f"/sync/runs/{run.pk}/stop/", follow=True)
    assert "This run had already ended" in text(again)
    assert AuditEntry.objects.filter(act="sync.stop").count() == 1


def test_staff_see_every_account_and_the_account_filter_narrows(as_staff, workspace, other_workspace, make_run):
    make_run(workspace), make_run(other_workspace)
    assert text(as_staff.get(LOG)).count('class="run-row"') == 2
    one = text(as_staff.get(f"{LOG}?account={other_workspace.pk}"))
    assert one.count('class="run-row"') == 1


@pytest.mark.parametrize("address", ["stop", "retry", "dismiss"])
def test_acts_refuse_to_be_links(as_carol, workspace, make_running, make_write, address):
    run, write = make_running(workspace), make_write(workspace)
    path = f"/sync/runs/{run.pk}/stop/" if address == "stop" else f"/changes/{write.pk}/{address}/"
    assert as_carol.get(path).status_code == 405


# The log ----------------------------------------------------------------------------------------------------


def test_with_no_account_the_log_says_what_to_do_first(as_staff):
    page = text(as_staff.get(LOG))
    assert "No account is connected yet" in page
    assert "How far back" not in page


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
    assert day == Figures(changes=10, confirmed=1, waiting=1, failed=2)
    week = as_bob.get(f"{LOG}?period=week").context["figures"]
    assert week == Figures(changes=110, confirmed=2, waiting=1, failed=2)


def test_the_chart_counts_each_change_in_its_hour_and_names_the_peak(as_bob, workspace, make_run):
    make_run(workspace, contacts={"added": 5, "removed": 2}, notes={"changed": 3, "failed": 4})
    make_run(workspace, minutes_ago=125, contacts={"changed": 1})
    response = as_bob.get(LOG)
    chart = response.context["chart"]
    assert len(chart.bars) == 24
    assert sum(bar.changes for bar in chart.bars) == 11
    assert chart.peak.changes == 10
    assert "10 changed, 4 failed at" in text(response)
    week = as_bob.get(f"{LOG}?period=week").context["chart"]
    assert [len(week.bars), sum(bar.changes for bar in week.bars)] == [7, 11]


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
    for shown in ("Denied", "1,180", "12 s", "Partial"):
        assert shown in page
    row = as_bob.get(LOG).context["page"].rows[0]
    assert [(cell.count, cell.word) for cell in row.cells] == [
        (41, ""),
        (0, ""),
        (9, ""),
        (0, "Denied"),
        *[(0, "")] * 2,
    ]
    assert row.failed == 2


def test_older_runs_follow_by_id_without_repeats_or_gaps(as_bob, workspace, make_run):
    runs = [make_run(workspace) for _ in range(run_list.PAGE_SIZE + 7)]
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
    as_carol, as_bob, workspace, reconnectable, make_contact, make_write
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
    Connection.objects.update(state="revoked")
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
    assert f"/contacts/{write.target.contact_id}/#task-{write.target_id}" in page
    answer = as_bob.post(f"/changes/{write.pk}/retry/", follow=True)
    assert "is being sent again" in text(answer)
    write.refresh_from_db()
    assert write.state == "dismissed"
    assert Write.objects.open().get().target_id == write.target_id
    as_bob.post(f"/changes/{write.pk}/retry/")
    assert Write.objects.count() == 2


def test_a_retry_that_is_refused_says_why_and_keeps_the_failure(as_bob, workspace, make_write, remote):
    write = make_write(workspace)
    remote.may_write = False
    answer = as_bob.post(f"/changes/{write.pk}/retry/", follow=True)
    assert "was not sent. This account is connected for reading." in text(answer)
    write.refresh_from_db()
    assert write.state == "failed"


def test_a_failure_that_is_put_away_draws_the_log_anew(as_bob, workspace, make_write):
    write = make_write(workspace)
    listens = re.search(
        r'hx-get="([^"]*)" hx-trigger="write-changed from:body"', text(as_bob.get(f"{LOG}?period=week"))
    )
    as_bob.post(f"/changes/{write.pk}/dismiss/", **HTMX)
    answer = as_bob.get(LOG + listens[1], **HTMX)
    assert b"<html" not in answer.content
    assert f'id="write-{write.pk}"' not in text(answer)


def test_older_failed_writes_follow_on_request(as_bob, workspace, make_write):
    writes = [make_write(workspace) for _ in range(unsent.AT_ONCE + 2)]
    page = as_bob.get(LOG).context["unsent"]
    rest = as_bob.get(f"{LOG}?writes_before={page.before}", **HTMX).context["unsent"]
    assert [row.write.pk for row in page.rows + rest.rows] == [w.pk for w in reversed(writes)]
    assert rest.before is None


def test_the_log_is_drawn_again_as_far_down_as_the_page_shows_it(as_bob, workspace, make_run, make_write):
    for _ in range(60):
        make_run(workspace)
    for _ in range(5):
        make_write(workspace)
    address = f"{LOG}?writes=4&rows=51"
    there = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{address}"}
    for page in (as_bob.get(address), as_bob.get(LOG, headers=there)):
        assert (len(page.context["unsent"].rows), len(page.context["page"].rows)) == (5, 60)


# What it costs ----------------------------------------------------------------------------------------------


def test_the_log_makes_the_same_queries_for_one_run_as_for_fifty(
    as_carol, workspace, make_run, make_write, django_assert_num_queries
):
    """Session, person, workspaces; connections, active runs; runs, their streams, what runs brought, counts of
    writes, records that could not be read, failed writes, the tasks of these."""
    for number in (1, 50):
        for _ in range(number):
            make_run(workspace, contacts={"added": 1}, tasks={}, notes={})
            make_write(workspace)
        with django_assert_num_queries(12):
            assert as_carol.get(LOG).status_code == 200


def test_further_rows_of_the_log_cost_four_queries_and_the_session(
    as_carol, workspace, make_run, django_assert_num_queries
):
    for _ in range(60):
        last = make_run(workspace, contacts={"added": 1})
    with django_assert_num_queries(6):  # session, person, workspaces; connections; runs, streams
        as_carol.get(f"{LOG}?before={last.pk}", **HTMX)
