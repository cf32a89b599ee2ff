"""What contacts keep of their timelines is what a count of all entries would say, whatever happened to them."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.activity.kinds.change import FIELDS
from integrations.activity.models import ActivityEntry, Contact, Note, Task
from integrations.sync.reconcile import Batch, apply, prepare, remove
from integrations.sync.reconcile.project import YEAR, offsets, refresh_derived
from tests.sync.conftest import a_contact, a_note, a_task

ZONES = ["UTC", "Europe/London", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]
STEP = st.tuples(st.sampled_from(["note", "task", "done", "move", "drop"]), st.integers(1, 4), st.integers(1, 2))


def counted(contact, zone, now):
    """The same by reading everything."""
    entries = list(ActivityEntry.objects.filter(contact=contact))
    happened = [
        e.occurred_at for e in entries if not e.is_open and e.type != FIELDS and now - YEAR < e.occurred_at <= now
    ]
    days = Counter(str(moment.astimezone(ZoneInfo(zone)).date()) for moment in happened)
    return dict(Counter(entry.type for entry in entries)), dict(days)


@given(steps=st.lists(STEP, max_size=12))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_after_any_changes_counts_are_those_of_the_entries(db, connection, steps):
    Contact.objects.all().delete()
    Note.objects.all().delete()
    Task.objects.all().delete()
    now = timezone.now()
    apply(Batch(connection, "contacts", None, now), prepare([a_contact(1), a_contact(2)]))
    for act, number, owner in steps:
        step(connection, act, number, f"c{owner}", now)
    for contact in Contact.objects.all():
        types, days = counted(contact, connection.workspace.timezone, now)
        assert (contact.entries_by_type, contact.entries_by_day) == (types, days)


def step(connection, act, number, owner, now):
    if act == "drop":
        remove(Note, list(Note.objects.filter(remote_id=f"n{number}").values_list("pk", flat=True)), now)
    elif act in ("note", "move"):
        note = a_note(number, contact_remote_id=owner, added_at=now - timedelta(days=number))
        apply(Batch(connection, "notes", None, now, revives=True), prepare([note]))
    else:
        task = a_task(number, contact_remote_id=owner, is_completed=act == "done")
        apply(Batch(connection, "tasks", None, now, revives=True), prepare([task]))


def test_a_changed_field_is_no_activity_so_that_who_was_quiet_stays_quiet(connection, now):
    spoke = now - timedelta(days=40)
    apply(Batch(connection, "contacts", None, now), prepare([a_contact(1)]))
    apply(Batch(connection, "notes", None, now), prepare([a_note(1, "c1", added_at=spoke)]))

    apply(Batch(connection, "contacts", None, now), prepare([a_contact(1, tags=("fair",))]))

    contact = Contact.objects.get()
    assert contact.entries_by_type[FIELDS] == 1
    assert contact.last_activity_at == spoke
    assert sum(contact.entries_by_day.values()) == 1


def test_the_days_of_a_contact_are_those_of_twelve_months(connection, now):
    ages = (0, 365, 367)
    apply(Batch(connection, "contacts", None, now), prepare([a_contact(1)]))
    notes = [a_note(age, "c1", added_at=now - timedelta(days=age)) for age in ages]
    apply(Batch(connection, "notes", None, now), prepare(notes))

    zone = ZoneInfo(connection.workspace.timezone)
    drawn = {str((now - timedelta(days=age)).astimezone(zone).date()) for age in ages[:2]}
    assert set(Contact.objects.get().entries_by_day) == drawn


def test_a_contact_that_is_not_there_is_not_taken_for_a_value_that_cannot_be_stored(db, now):
    with pytest.raises(Contact.DoesNotExist):
        refresh_derived({1}, now)


def test_a_contact_that_is_removed_takes_its_own_along_and_nothing_of_others(connection, now):
    apply(Batch(connection, "contacts", None, now), prepare([a_contact(1), a_contact(2)]))
    apply(Batch(connection, "notes", None, now), prepare([a_note(1, "c1"), a_note(2, "c2")]))

    remove(Contact, [Contact.objects.get(remote_id="c1").pk], now)

    for kept in (Note.objects.filter(deleted_at=None), ActivityEntry.objects.filter(kind="note")):
        assert list(kept.values_list("remote_id", flat=True)) == ["n2"]


@pytest.mark.parametrize("zone", ZONES)
def test_days_are_those_of_the_workspace_around_every_change_of_its_clock(connection, zone, now):
    connection.workspace.timezone = zone
    connection.workspace.save()
    apply(Batch(connection, "contacts", None, now), prepare([a_contact(1)]))
    contact = Contact.objects.get()
    at = datetime(2026, 11, 29, 12, tzinfo=UTC)
    entries = [
        ActivityEntry(
            workspace=connection.workspace, connection=connection, contact=contact, kind="opportunity",
            type="opportunity.changed", occurred_at=at - timedelta(hours=7 * number, minutes=13 * number),
        )
        for number in range(1300)
    ]  # fmt: skip
    ActivityEntry.objects.bulk_create(entries)

    refresh_derived([contact.pk], at)

    contact.refresh_from_db()
    assert contact.entries_by_day == counted(contact, zone, at)[1]


def test_the_days_of_a_contact_are_those_of_its_own_workspace(connection, other_connection, now):
    night = (now - timedelta(days=3)).replace(hour=2, minute=0)
    for there in (connection, other_connection):  # New York, where it is still the day before, and London
        apply(Batch(there, "contacts", None, now), prepare([a_contact(1)]))
        apply(Batch(there, "notes", None, now), prepare([a_note(1, added_at=night)]))

    days = [list(contact.entries_by_day) for contact in Contact.objects.order_by("pk")]
    assert days == [[str(night.date() - timedelta(days=1))], [str(night.date())]]


@pytest.mark.parametrize("hours", range(0, 24, 5))
@pytest.mark.parametrize("zone", ZONES)
def test_a_distance_ends_with_the_very_minute_in_which_the_clock_is_changed(zone, hours):
    until, there = (
        datetime(2026, 11, 29, 12, tzinfo=UTC) + timedelta(hours=hours, minutes=7 * hours),
        ZoneInfo(zone),
    )
    for (ends_at, minutes), (_, following) in pairwise(offsets(zone, until - YEAR, until)):
        assert minutes != following
        around = [(ends_at - timedelta(minutes=1)).astimezone(there), ends_at.astimezone(there)]
        assert [moment.utcoffset() for moment in around] == [timedelta(minutes=n) for n in (minutes, following)]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hours", range(0, 24 * 366, 997))
def test_the_distances_of_a_year_are_right_at_every_moment(zone, hours):
    until = datetime(2026, 11, 29, 12, tzinfo=UTC)
    moment = until - YEAR + timedelta(hours=hours)

    known = next(minutes for ends_at, minutes in offsets(zone, until - YEAR, until) if moment < ends_at)

    assert timedelta(minutes=known) == moment.astimezone(ZoneInfo(zone)).utcoffset()
