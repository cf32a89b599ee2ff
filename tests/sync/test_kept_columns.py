"""What contacts keep of their timelines, and workspaces of their contacts, is what counting again would give."""

from collections import Counter
from datetime import timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.db.models import Count, Max
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from integrations.activity.kinds.change import FIELDS
from integrations.activity.models import ActivityEntry, Contact, ContactCount
from integrations.sync import commands
from integrations.sync.reconcile import apply
from integrations.sync.reconcile.batch import Batch, prepare
from integrations.sync.reconcile.project import YEAR
from tests.sync.conftest import a_contact, a_note, a_task, an_appointment

NOW = timezone.now().replace(microsecond=0)
CONTACTS, ITEMS = st.integers(1, 4), st.integers(1, 3)
HOURS = st.integers(-120 * 24, 40 * 24)
WORDS = st.text("abc", min_size=1, max_size=3)
STEP = st.one_of(
    st.tuples(st.just("contact"), CONTACTS, WORDS, st.booleans()),
    st.tuples(st.just("note"), ITEMS, CONTACTS, HOURS, st.booleans()),
    st.tuples(st.just("task"), ITEMS, CONTACTS, HOURS, st.booleans(), st.booleans()),
    st.tuples(st.just("appointment"), ITEMS, CONTACTS, HOURS, st.booleans()),
)


def record_of(step):
    kind, number, *rest = step
    if kind == "contact":
        return a_contact(number, first_name=rest[0], is_deleted=rest[1])
    contact, at = f"c{rest[0]}", NOW + timedelta(hours=rest[1])
    if kind == "note":
        return a_note(number, contact, added_at=at, is_deleted=rest[2])
    if kind == "task":
        return a_task(number, contact, due_at=at, updated_at=at, is_completed=rest[2], is_deleted=rest[3])
    return an_appointment(number, contact, start_at=at, end_at=at, is_deleted=rest[2])


def counted(contact):
    """The kept items of a contact as they should be, from its timeline: by type, and by day."""
    entries = ActivityEntry.objects.filter(contact=contact)
    happened = entries.filter(is_open=False, occurred_at__gt=NOW - YEAR, occurred_at__lte=NOW).exclude(type=FIELDS)
    zone = ZoneInfo(contact.workspace.timezone)
    days = Counter(str(entry.occurred_at.astimezone(zone).date()) for entry in happened)
    return Counter(entry.type for entry in entries), days


def latest(contact):
    past = ActivityEntry.objects.filter(contact=contact, is_open=False, occurred_at__lte=NOW).exclude(type=FIELDS)
    return past.order_by("-occurred_at").values_list("occurred_at", flat=True).first()


def due_last(contact):
    return ActivityEntry.objects.filter(contact=contact).aggregate(at=Max("agenda_at"))["at"]


def assert_kept():
    for contact in Contact.objects.all():
        kept = contact.entries_by_type, contact.entries_by_day
        assert kept == counted(contact), contact.remote_id
        assert contact.last_activity_at == latest(contact), contact.remote_id
        assert contact.last_due_at == due_last(contact), contact.remote_id
    present = Contact.objects.present().order_by().values_list("workspace").annotate(n=Count("pk"))
    kept = ContactCount.objects.exclude(contacts=0).values_list("workspace_id", "contacts")
    assert dict(kept) == dict(present)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, max_size=12))
@example(steps=[("contact", 1, "a", False), ("note", 1, 1, -24, False), ("contact", 1, "a", True)])
@example(
    steps=[
        ("contact", 2, "a", False),
        ("note", 2, 2, 0, False),
        ("note", 2, 1, 0, False),
        ("contact", 1, "a", False),
    ]
)
def test_whatever_arrives_in_whatever_order_is_kept_as_counting_would_say(connection, remote, steps):
    commands.purge_cache(connection)
    for number, step in enumerate(steps):
        record = record_of(step)
        batch = Batch(
            connection, stream=f"{step[0]}s", run_id=None, now=NOW, asked_at=NOW, revives=bool(number % 2)
        )
        apply(batch, prepare([record]))
        assert_kept()
    commands.purge_cache(connection)
    assert not ContactCount.objects.exclude(contacts=0).exists()


@pytest.mark.django_db
def test_a_database_from_before_the_order_by_next_step_gets_the_dates_when_it_is_migrated(connection, remote):
    tasks = [("task", 1, 1, 5, False, False), ("task", 2, 1, 9, False, False), ("task", 3, 2, 7, True, False)]
    for record in map(record_of, [("contact", 1, "a", False), ("contact", 2, "b", False), *tasks]):
        batch = Batch(connection, stream="tasks", run_id=None, now=NOW, asked_at=NOW, revives=False)
        apply(batch, prepare([record]))
    Contact.objects.update(last_due_at=None)

    with connections["default"].cursor() as cursor:
        cursor.execute(import_module("integrations.activity.migrations.0003_next_step").FILL)

    assert_kept()
    assert Contact.objects.exclude(last_due_at=None).count() == 1
