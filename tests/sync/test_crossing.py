"""Two who change many writes at once never wait for each other: each takes them in the order of their keys."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from integrations.activity.models import Contact
from integrations.connections.ports import Transient
from integrations.sync import commands, queue
from integrations.sync.models import Write
from integrations.sync.purging import purge_cache
from integrations.sync.push import outage, outbox
from integrations.sync.push.outcome import settle

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(database.vendor != "postgresql", reason="an embedded database has one writer"),
]
State = Write.State
AWAY = "Not sent yet. It will go out when GoHighLevel works again."
BATCH = "b" * 20


@pytest.fixture
def dana(connection, now):
    known = {"workspace": connection.workspace, "remote_id": "c1", "first_name": "Dana", "fetched_at": now}
    return Contact.objects.create(connection=connection, **known)


@pytest.fixture
def writes(connection, alice, dana, now):
    """Three that ask the same of one contact; the first is found last by whoever does not ask for their order."""
    shared = {"connection": connection, "operation": "contact.update", "kind": "contact", "target_id": dana.pk}
    shared |= {"changes": {"first_name": "Dee"}, "base": {"first_name": "Dana"}, "actor": alice, "batch": BATCH}
    made = [Write.objects.create(**shared, not_before=now, reason=AWAY) for _ in range(3)]
    Write.objects.filter(pk=made[0].pk).update(not_before=now - timedelta(seconds=1))
    return made


def parked(writes, now):
    outbox.park_old(now + timedelta(hours=1), now)


def stopped(writes, now):
    outbox.requeue_abandoned(now + timedelta(hours=1))


def given_back(writes, now):
    outbox.requeue_abandoned(now + timedelta(hours=1))


def left(writes, now):
    writes[0].actor.delete()


def woken(writes, now):
    outbox.wake(writes[0].connection_id, now)


def tried_in_vain(writes, now):
    outage.go_on(writes[2], Transient("Away."), now)


def behind_another(writes, now):
    outage.claim(Write.objects.filter(pk=writes[2].pk), "worker", now)


def ended(writes, now):
    commands.revoke(connection=writes[0].connection, actor=None)


def purged(writes, now):
    purge_cache(writes[0].connection)


def asked_anew(writes, now):
    dana = Contact.objects.select_related("connection__workspace").get()
    commands.write("contact.update", dana, {"first_name": "Dee"}, actor=writes[0].actor)


def all_again(writes, now):
    commands.retry_many(batch=BATCH, actor=writes[0].actor)


def last_again(writes, now):
    commands.retry(write=writes[2], actor=writes[0].actor)


def arrived(writes, now):
    settle(writes[2], State.CONFIRMED, "")


def undone(writes, now):
    commands.undo(write=writes[1], actor=writes[0].actor)


FAILED = {"state": State.FAILED}
SENDING = {"state": State.SENDING, "lease_until": timezone.now(), "lease_owner": "w"}
STOPPED = SENDING | {"attempts": outbox.MOST_STOPPED, "reason": ""}


@pytest.mark.parametrize(
    ("act", "first_two", "last"),
    [
        (parked, {}, {}),
        (stopped, STOPPED, STOPPED),
        (given_back, SENDING, SENDING),
        (left, FAILED, {}),
        (woken, {}, {}),
        (tried_in_vain, {}, {}),
        (behind_another, {}, {"target_id": 0}),
        (ended, {}, {"sent_at": timezone.now()}),
        (purged, FAILED, {}),
        (asked_anew, FAILED, FAILED),
        (all_again, FAILED, FAILED),
        (last_again, FAILED, FAILED),
        (arrived, FAILED, SENDING),
        (undone, FAILED, {}),
    ],
)
def test_whoever_waits_for_the_first_holds_none_of_the_others(act, first_two, last, writes, remote, now):
    Write.objects.exclude(pk=writes[2].pk).update(**first_two)
    Write.objects.filter(pk=writes[2].pk).update(**last)
    if act is behind_another:  # which is being tried
        held = {"state": State.SENDING, "lease_until": now + timedelta(minutes=1)}
        Write.objects.filter(pk=writes[1].pk).update(**held)
    found = list(Write.objects.order_by("pk").select_related("connection__workspace", "actor"))
    with ThreadPoolExecutor(1) as worker:
        with transaction.atomic():
            list(Write.objects.filter(pk=writes[0].pk).select_for_update())
            acted = worker.submit(elsewhere, act, found, now)
            wait_until_somebody_waits()
            free = Write.objects.order_by("pk").select_for_update(no_key=True, skip_locked=True)
            assert list(free) == found
        acted.result()


@pytest.fixture
def rung_due(monkeypatch):
    """The writes that workers were told of when they could be sent."""
    told = []

    def ring(write_id, seconds=0.0):
        told.extend(Write.objects.due(timezone.now()).filter(pk=write_id).values_list("pk", flat=True))

    monkeypatch.setattr(queue, "enqueue_write", ring)
    return told


@pytest.mark.parametrize("is_asked_first", [True, False])
def test_what_is_asked_while_another_change_ends_starts_from_its_end_and_at_once(
    is_asked_first, writes, alice, bob, now, rung_due
):
    first = Write.objects.order_by("pk")[0]
    Write.objects.exclude(pk=first.pk).delete()
    Write.objects.update(**SENDING, not_before=now)

    def ask(*_):
        dana = Contact.objects.select_related("connection__workspace").get()
        commands.write("contact.update", dana, {"first_name": "Dina"}, actor=bob, undo_seconds=0)

    def end(*_):
        settle(Write.objects.get(pk=first.pk), State.FAILED, "Refused.")

    begun, other = (ask, end) if is_asked_first else (end, ask)
    with ThreadPoolExecutor(1) as worker:
        meanwhile = []

        def look(execute, sql, *rest):
            answer = execute(sql, *rest)
            if not meanwhile and sql.startswith(('UPDATE "sync_write"', 'INSERT INTO "sync_write"')):
                meanwhile.append(worker.submit(elsewhere, other))
                wait_until_somebody_waits(unless=meanwhile[0].done)
            return answer

        with database.execute_wrapper(look):
            begun()
        meanwhile[0].result()

    second = Write.objects.get(actor=bob)
    assert second.base == {"first_name": "Dana"}
    assert second.pk in rung_due


def elsewhere(act, *known):
    try:
        act(*known)
    finally:
        database.close()


def wait_until_somebody_waits(unless=lambda: False):
    with database.cursor() as cursor:
        for _ in range(1000):
            cursor.execute(
                "SELECT pg_stat_clear_snapshot(), (SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
            if cursor.fetchone()[1] or unless():
                return
            sleep(0.01)
    raise AssertionError("Nobody waits.")
