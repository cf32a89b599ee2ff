"""The records that could not be read, on the sync log: who is affected, what a retry does, what it all costs."""

import pytest
from django.utils import timezone

from contacts_ui.sync_log import unread
from integrations.activity.models import RemoteUser
from integrations.connections.models import Connection
from integrations.sync.models import FetchRequest, RecordFailure
from tests.conftest import home_of
from tests.contacts_ui.sync_log.test_sync_log import HTMX, LOG, text

REASON = "This appointment has no valid start time."


@pytest.fixture
def run(make_run, workspace):
    return make_run(workspace, contacts={"added": 1}, failed=3, changes=1)


@pytest.fixture
def fail(run):
    def _fail(contact, remote_id="appointment-2", stream="appointments", **fields):
        known = {
            "run": run,
            "connection": run.connection,
            "reason": REASON,
            "contact_remote_id": contact.remote_id,
        }
        return RecordFailure.objects.create(stream=stream, remote_id=remote_id, **(known | fields))

    return _fail


@pytest.fixture
def owned(make_contact, workspace):
    RemoteUser.objects.create(
        workspace=workspace,
        connection=home_of(workspace),
        remote_id="u7",
        name="Priya Patel",
        fetched_at=timezone.now(),
    )
    return make_contact(workspace, "Dana Whitfield", owner_remote_id="u7")


def test_the_log_says_who_is_affected(as_carol, fail, owned):
    fail(owned)
    page = text(as_carol.get(LOG))
    assert "Records that couldn't be read" in page
    for words in (REASON, "Dana Whitfield", "owned by Priya Patel", f"/contacts/{owned.pk}/"):
        assert words in page


def test_nothing_is_current_while_a_record_is_missing(as_carol, fail, owned):
    failure = fail(owned)
    assert "1 record couldn&#x27;t be read" in text(as_carol.get(LOG))

    RecordFailure.objects.filter(pk=failure.pk).update(resolved_at=timezone.now())

    page = text(as_carol.get(LOG))
    assert "couldn" not in page
    assert REASON not in page


def test_a_run_that_lost_records_counts_as_failed(as_carol, make_run, run):
    page = text(as_carol.get(LOG))
    assert 'Failed <span class="chip__count">1</span>' in page
    lost = text(as_carol.get(f"{LOG}?show=failed"))
    assert f'id="run-{run.pk}"' in lost


def test_a_retry_asks_for_this_record_alone_and_says_so(as_carol, fail, owned):
    failure = fail(owned)
    fail(owned, "appointment-9")

    page = text(as_carol.post(f"/sync/records/{failure.pk}/retry/", **HTMX))

    assert "Reading 1 record again." in page
    assert page.count("Being read again.") == 1
    assert list(FetchRequest.objects.values_list("stream", "remote_id")) == [("appointments", "appointment-2")]


def test_a_retry_that_failed_says_when(as_carol, fail, owned):
    fail(owned)
    now = timezone.now()
    FetchRequest.objects.create(
        connection=owned.connection,
        stream="appointments",
        remote_id="appointment-2",
        asked_at=now,
        not_before=now,
        failed_at=now,
    )
    assert "it still can't be read" in text(as_carol.get(LOG))


def test_all_are_read_again_at_one_press(as_carol, fail, owned):
    for number in range(30):
        fail(owned, f"appointment-{number}")
    assert "Reading 30 records again." in text(as_carol.post("/sync/records/retry/", **HTMX))
    assert FetchRequest.objects.count() == 30


def test_what_can_only_be_read_whole_has_no_retry(as_carol, fail, owned):
    failure = fail(owned, "u9", "users")
    page = text(as_carol.get(LOG))
    assert "The next full sync reads it again." in page
    assert f"/sync/records/{failure.pk}/retry/" not in page
    assert "There is nothing to read again." in text(as_carol.post(f"/sync/records/{failure.pk}/retry/", **HTMX))


def test_a_disconnected_account_says_why_nothing_is_read(as_carol, fail, owned):
    failure = fail(owned)
    Connection.objects.update(state=Connection.State.NEEDS_RECONNECT, reason="Reconnect it.")
    assert "Not read again. Reconnect it." in text(as_carol.post(f"/sync/records/{failure.pk}/retry/", **HTMX))


def test_neither_a_rep_nor_a_stranger_has_anything_read(as_alice, as_mallory, fail, owned):
    failure = fail(owned)
    assert as_alice.post(f"/sync/records/{failure.pk}/retry/").status_code == 404
    assert as_alice.post("/sync/records/retry/").status_code == 404
    assert as_mallory.post(f"/sync/records/{failure.pk}/retry/").status_code == 404
    as_mallory.post("/sync/records/retry/")
    assert not FetchRequest.objects.exists()


def test_older_ones_follow_a_few_at_a_time(as_carol, fail, owned):
    made = [fail(owned, f"appointment-{number}").pk for number in range(unread.AT_ONCE + 2)]
    page = text(as_carol.get(LOG))
    assert page.count('id="record-') == unread.AT_ONCE
    older = text(as_carol.get(f"{LOG}?records_before={made[2]}", **HTMX))
    assert [f'id="record-{pk}"' in older for pk in made[:3]] == [True, True, False]
    assert text(as_carol.get(f"{LOG}?records=6")).count('id="record-') == unread.AT_ONCE + 2


def test_many_are_counted_to_a_bound_that_is_said(as_carol, fail, owned, monkeypatch):
    monkeypatch.setattr(unread, "COUNTED", 3)
    for number in range(4):
        fail(owned, f"appointment-{number}")
    assert "3+ records couldn" in text(as_carol.get(LOG))


def test_a_hundred_cost_as_many_queries_as_one(as_carol, fail, owned, django_assert_num_queries):
    """Four are for them: the records, their retries, contacts, owners."""
    for number in range(100):
        if number in (1, 99):
            as_carol.get(LOG)  # the line of the run is drawn once
            with django_assert_num_queries(13):
                as_carol.get(LOG)
        fail(owned, f"appointment-{number}")
