"""Changes that no webhook announced are counted, and only those that one should have announced."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from integrations.activity.models import Contact
from integrations.connections.ports import Lane, Permanent
from integrations.sync import commands, drift
from integrations.sync.models import DriftDay, FetchRequest
from integrations.sync.pull import on_demand, requests
from integrations.sync.push import outbox
from tests.sync.conftest import a_contact, a_note, a_task, an_appointment

pytestmark = pytest.mark.django_db(transaction=True)


def hint(connection, stream, remote_id, contact="", lane=Lane.WEBHOOK):
    requests.ask(
        connection_id=connection.pk,
        stream=stream,
        remote_id=remote_id,
        contact_remote_id=contact,
        now=timezone.now(),
        lane=lane,
    )


def counted():
    rows = DriftDay.objects.all()
    return sum(row.announced for row in rows), sum(row.unannounced for row in rows)


def changed(remote, number, **fields):
    return remote.add(a_contact(number, updated_at=timezone.now(), **fields))


def test_changes_are_divided_by_whether_they_were_announced():
    assert drift.attribute(["a", "b", "b", "c"], {"b", "x"}) == drift.Tally(announced=1, unannounced=2)
    assert drift.attribute([], {"a"}) == drift.Tally()


def test_the_first_reading_is_no_drift(full, filled):
    full()

    assert not DriftDay.objects.exists()


def test_dropping_a_tenth_of_the_webhooks_is_reported_as_about_a_tenth(full, remote, connection):
    for number in range(1, 61):
        remote.add(a_contact(number), a_task(number, f"c{number}"), a_note(number, f"c{number}"))
    full()
    sent = Counter()

    def happens(stream, remote_id, number):
        sent["all"] += 1
        if sent["all"] % 10:
            hint(connection, stream, remote_id, f"c{number}")

    for number in range(1, 61):
        changed(remote, number, email=f"{number}@example.com")
        happens("contacts", f"c{number}", number)
        remote.add(a_note(number, f"c{number}", body="Edited"))
        happens("notes", f"n{number}", number)
        remote.add(a_task(number, f"c{number}", is_completed=True))
        happens("tasks", f"t{number}", number)
        remote.add(an_appointment(number, f"c{number}"))
        happens("appointments", f"a{number}", number)
    while on_demand.fetch_due(connection.pk):
        pass
    full("incremental")

    announced, unannounced = counted()
    assert announced + unannounced == sent["all"] == 240
    assert unannounced == 24


def test_a_hint_that_is_not_read_yet_when_a_run_finds_the_change_counts_once(full, filled, connection):
    full()
    changed(filled, 1, email="dana@example.com")
    hint(connection, "contacts", "c1")

    full("incremental")
    on_demand.fetch_due(connection.pk)

    assert counted() == (1, 0)


def test_an_old_hint_excuses_no_new_change(full, filled, connection):
    full()
    hint(connection, "contacts", "c1")
    on_demand.fetch_due(connection.pk)
    changed(filled, 1, email="dana@example.com")

    full("incremental")

    assert counted() == (0, 1)


def test_somebody_who_opens_a_contact_announces_nothing(full, filled, connection):
    full()
    changed(filled, 1, email="dana@example.com")
    hint(connection, "contacts", "c1", lane=Lane.PERSON)

    on_demand.fetch_due(connection.pk)

    assert counted() == (0, 1)


def test_a_hint_that_could_not_be_followed_was_an_announcement_all_the_same(full, filled, connection):
    full()
    changed(filled, 1, email="dana@example.com")
    hint(connection, "contacts", "c1")
    filled.fail("one", "contacts", Permanent("It refuses the request."))
    on_demand.fetch_due(connection.pk)
    assert FetchRequest.objects.get().failed_at

    full("incremental")

    assert counted() == (1, 0)


def test_what_is_gone_counts_and_takes_nothing_else_along(full, filled, connection):
    full()
    for gone in (filled.holds["contacts"]["c1"], filled.holds["tasks"]["t2"], filled.holds["notes"]["n3"]):
        filled.remove(gone)
    filled.holds["notes"] = {k: v for k, v in filled.holds["notes"].items() if v.contact_remote_id != "c1"}
    hint(connection, "tasks", "t2", "c2")
    on_demand.fetch_due(connection.pk)

    full()

    assert counted() == (1, 2)


def test_what_has_no_webhook_is_no_drift(full, filled):
    """An edited task, a reopened one, a clock that moved alone, and a business."""
    filled.add(a_task(2, "c2", is_completed=True))
    full()
    filled.add(a_task(1, "c1", title="Call again"), a_task(2, "c2", is_completed=False))
    filled.add(a_contact(1, updated_at=timezone.now()))

    full()

    assert Contact.objects.get(remote_id="c1").updated_at.date() == timezone.now().date()
    assert counted() == (0, 0)


def test_our_own_writes_are_no_drift(full, filled, connection, carol):
    full()
    task = Contact.objects.get(remote_id="c1").tasks.get()
    write = commands.write("task.complete", task, actor=carol, undo_seconds=0)
    outbox.deliver(write.pk)
    # As if the worker had died between sending and storing: the next run is the one that finds it.
    type(task).objects.filter(pk=task.pk).update(is_completed=False, fingerprint="", fetched_at=task.fetched_at)

    full("incremental")

    assert type(task).objects.get(pk=task.pk).is_completed
    assert counted() == (0, 0)


def test_a_day_is_the_workspaces_own(connection):
    late = datetime(2026, 3, 3, 3, 30, tzinfo=UTC)  # the evening before, in New York

    drift.count(connection.pk, "contacts", ["c1", "c2"], late)
    drift.count(connection.pk, "contacts", ["c3"], late + timedelta(hours=2))

    assert list(DriftDay.objects.order_by("day").values_list("day", "unannounced")) == [
        (late.astimezone(ZoneInfo(connection.workspace.timezone)).date(), 2),
        (late.date(), 1),
    ]
