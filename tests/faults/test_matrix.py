"""The fault matrix: whatever goes wrong, the cache ends equal, nothing is written twice, and the run says why.

Its lines that take whole processes are in `tests/whole`: kills of the worker and of the web server, ten processes
that refresh at once, webhooks that are doubled, reordered, lost and forged.
"""

import random
import threading

import pytest
from django.utils import timezone

from integrations.activity.models import Contact, Task
from integrations.connections.models import Connection
from integrations.ghl import listings
from integrations.ghl.models import Location
from integrations.sync import jobs
from integrations.sync.models import RecordFailure, SyncRun, Write
from integrations.sync.push import outbox
from tests.faults.conftest import full_database
from tests.faults.questions import points

KINDS = ("429", "500", "502", "timeout", "reset", "truncated", "malformed", "html")
ENDED = (SyncRun.State.DONE, SyncRun.State.PARTIAL)
pytestmark = pytest.mark.django_db(transaction=True)


def ends_well(account):
    """The three questions: is the cache equal, was nothing written twice, and do the runs tell what happened?"""
    assert account.differences() == []
    assert account.doubled() == []
    assert account.untold() == []


@points
def test_every_kind_of_bad_answer_at_once(account, seed):
    account.sandbox.admin("timing", {"hold_seconds": 1.2})
    account.live()
    account.wish()
    # Another seed, other calls: the draw follows from the number of the call.
    for _ in range(seed):
        account.sandbox.get(f"/locations/{account.sandbox.location_id}")
    share = 0.1 / len(KINDS)
    account.sandbox.admin("faults", {"spec": ",".join(f"{kind}={share}" for kind in KINDS)})
    run = account.sync()
    assert account.sandbox.counts()["faults"]
    account.sandbox.admin("faults", {"spec": ""})
    settled = account.sync()

    ends_well(account)
    assert settled.state == SyncRun.State.DONE
    assert run.state in ENDED
    assert run.state == SyncRun.State.DONE or run.reason


@points
def test_a_token_that_expires_in_the_middle(account, seed):
    account.live()
    account.wish()
    at = random.Random(seed).randrange(2, 20)
    account.sandbox.admin("next", {"operation": "*", "answers": ["ok"] * at})
    thread = threading.Thread(target=_expire_at, args=(account, at))
    thread.start()
    run = account.sync()
    thread.join()

    ends_well(account)
    assert run.state == SyncRun.State.DONE
    assert account.sandbox.counts()["rotations"] == 1


def _expire_at(account, requests):
    while account.sandbox.counts()["requests"] < requests:
        pass
    account.sandbox.admin("expire-tokens")


@points
def test_a_refresh_whose_answer_is_lost(account, seed):
    account.live()
    account.wish(1)
    Location.objects.update(expires_at=timezone.now())
    lost = ["lost_response", "truncated", "malformed"][seed % 3]
    account.sandbox.admin("next", {"operation": "token", "answers": [lost] * (1 + seed % 2)})
    run = account.sync()

    ends_well(account)
    assert run.state == SyncRun.State.DONE
    assert account.sandbox.counts()["rotations"] == 1
    assert account.connection.state == Connection.State.CONNECTED


@points
def test_a_clock_two_minutes_off(account, seed):
    account.sandbox.admin("clock", {"skew_seconds": 120 if seed % 2 else -120})
    account.live()
    account.wish()
    run = account.sync(full=False)
    # What a listing of changes shows must have come by now, whatever the clock over there says.
    assert Contact.objects.filter(phone="+15550142").exists()
    assert Task.objects.filter(title="Moved").exists()
    account.live()
    settled = account.sync()

    ends_well(account)
    assert (run.state, settled.state) == (SyncRun.State.DONE, SyncRun.State.DONE)


@points
def test_a_search_index_that_lags_and_still_returns_the_deleted(account, seed):
    chosen = random.Random(seed).sample([row["id"] for row in account.truth("contact")], 3)
    account.wish(1)
    for contact_id in chosen:
        account.change("contact", "delete", id=contact_id)
        account.sandbox.admin("search-index", {"contact_id": contact_id, "listed": True})
    hidden = next(row["id"] for row in account.truth("contact"))
    account.sandbox.admin("search-index", {"contact_id": hidden, "listed": False})
    account.sync()
    assert Contact.objects.present().filter(remote_id=hidden).exists()
    for contact_id in chosen:
        account.sandbox.admin("search-index", {"contact_id": contact_id, "listed": None})
    run = account.sync()

    ends_well(account)
    assert run.state == SyncRun.State.DONE
    assert not Contact.objects.present().filter(remote_id__in=chosen).exists()


@points
def test_a_page_without_its_cursor(account, seed, monkeypatch):
    monkeypatch.setattr(listings, "LIMIT", 5)
    stream = ["contacts", "tasks"][seed % 2]
    account.live()
    account.wish()
    answers = ["ok"] * (seed // 2 % 3) + ["no_cursor"] * (1 + seed)
    account.sandbox.admin("next", {"operation": f"search_{stream}", "answers": answers})
    run = account.sync()
    account.sandbox.admin("next", {"operation": f"search_{stream}", "answers": []})
    settled = account.sync()

    ends_well(account)
    assert settled.state == SyncRun.State.DONE
    given_up = run.streams.get(stream=stream)
    assert given_up.state == "done" or "searchAfter" in given_up.detail


@points
def test_a_refusal_with_a_list_of_reasons(account, seed):
    operation = ["search_contacts", "search_tasks", "list_events", "list_notes", "list_businesses"][seed % 5]
    account.live()
    account.wish()
    account.sandbox.admin("next", {"operation": operation, "answers": ["422"]})
    run = account.sync()
    settled = account.sync()

    ends_well(account)
    assert settled.state == SyncRun.State.DONE
    # What one calendar refuses comes contact by contact, and the reason names the calendar.
    elsewhere = run.streams.filter(stream="appointments", by_contact=True).exclude(reason="")
    assert run.state != SyncRun.State.DONE or RecordFailure.objects.filter(run=run).exists() or elsewhere
    said = [*run.streams.exclude(detail="").values_list("detail", flat=True)]
    said += RecordFailure.objects.filter(run=run).values_list("detail", flat=True)
    assert any("422" in detail and "pageLimit" in detail for detail in said)


@points
def test_a_contact_with_very_many_notes(account, seed):
    chosen = random.Random(seed).choice([row["id"] for row in account.truth("contact")])
    account.wish(1)
    account.sandbox.admin("bulk-notes", {"contact_id": chosen, "count": 10_000 if seed == 0 else 1_000})
    account.change("contact", "update", id=chosen, fields={"phone": "+15550143"})
    run = account.sync()

    ends_well(account)
    assert run.state == SyncRun.State.DONE
    assert run.streams.get(stream="notes").added >= 1_000


@points
def test_a_database_that_is_full_for_a_moment(account, seed):
    grown = random.Random(seed).choice([row["id"] for row in account.truth("contact")])
    account.sandbox.admin("bulk-notes", {"contact_id": grown, "count": 3000 + 100 * seed})
    account.change("contact", "update", id=grown, fields={"phone": "+15550144"})
    account.wish()
    run = account.begin()
    with full_database("activity_note"):
        jobs.advance_run(run.pk)
    with full_database("activity_activityentry"):
        # What is sent arrives over there, and cannot be kept here.
        [outbox.deliver(write.pk) for write in Write.objects.open()]
    run = account.sync()

    ends_well(account)
    assert run.state == SyncRun.State.DONE
    assert run.interrupted == 1
    assert "rejected a step" in run.interruption
