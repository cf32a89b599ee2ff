"""Browsers of people who signed in, and makers of what a page shows."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.activity.kinds import BY_MODEL
from integrations.activity.models import (
    ActivityEntry,
    Appointment,
    Business,
    Calendar,
    Contact,
    FieldDefinition,
    Message,
    Note,
    Opportunity,
    RemoteUser,
    Tag,
    Task,
)
from integrations.activity.search import search_text, sort_name
from integrations.connections import registry
from integrations.sync.models import RunStream, SyncRun, SyncSchedule, Write
from integrations.sync.push.commands import new_write
from integrations.sync.reconcile import project
from integrations.sync.reconcile.project import refresh_derived
from integrations.workspace.models import User, Workspace
from tests.conftest import home_of

NUMBERS = count(1)


@pytest.fixture(autouse=True)
def _connected(remote):
    """Every workspace here is fed by the provider that answers from memory."""


@pytest.fixture
def reconnectable(remote, settings):
    """Every connection has lost its sign-in, and says where it is renewed."""
    settings.SYNC_PROVIDERS = {"fake": "tests.contacts_ui.broken.Broken"}
    registry.provider.cache_clear()


@pytest.fixture(autouse=True)
def _synced(request):
    """Every workspace a test asks for was read to the end a moment ago."""
    for name in ("workspace", "other_workspace"):
        if name in request.fixturenames:
            place = request.getfixturevalue(name)
            SyncSchedule.objects.create(connection=home_of(place), last_synced_at=timezone.now())


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    def _sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        return client

    return _sign_in


@pytest.fixture
def as_alice(alice, sign_in) -> Client:
    return sign_in(alice)


@pytest.fixture
def as_bob(bob, sign_in) -> Client:
    return sign_in(bob)


@pytest.fixture
def as_carol(carol, sign_in) -> Client:
    return sign_in(carol)


@pytest.fixture
def as_staff(staff, sign_in) -> Client:
    return sign_in(staff)


@pytest.fixture
def as_mallory(mallory, sign_in) -> Client:
    return sign_in(mallory)


def _remote(model: Any, place: Workspace, **fields: Any) -> Any:
    known = {
        "remote_id": f"r{next(NUMBERS)}",
        "fingerprint": "x",
        "fetched_at": timezone.now(),
        "fetched_by_run": 7,
    }
    return model.objects.create(workspace=place, connection_id=_home_id(place), **(known | fields))


def _home_id(place: Workspace) -> int:
    """Of the home connection, looked up once for each object that stands for the workspace."""
    if "home_id" not in vars(place):
        place.home_id = home_of(place).pk
    return place.home_id


@pytest.fixture(scope="session")
def make_contact():
    """A contact of a workspace; `tags` and `firm` are words, everything else a column."""

    def _make(place: Workspace, name: str = "Dana Whitlock", tags: tuple[str, ...] = (), **fields: Any) -> Contact:
        first, _, last = name.partition(" ")
        known = {
            "first_name": first,
            "last_name": last,
            "name": name,
            "sort_name": sort_name(name),
            "tag_names": list(tags),
            "checked_at": timezone.now(),
            "search_text": search_text(
                name, *(fields.get(column, "") for column in ("email", "phone", "company", "country"))
            ),
        }
        contact = _remote(Contact, place, **(known | fields))
        for tag in tags:
            contact.tags.add(Tag.objects.get_or_create(workspace=place, name=tag)[0])
        return contact

    return _make


def _projected(item: Any) -> Any:
    project.store_entries(BY_MODEL[type(item)], [item])
    refresh_derived([item.contact_id], timezone.now())
    return item


@pytest.fixture(scope="session")
def make_note():
    def _make(contact: Contact, body: str = "Left a voicemail.", *, days_ago: float = 1, **fields: Any) -> Note:
        at = timezone.now() - timedelta(days=days_ago)
        known = {"contact": contact, "body": body, "body_text": body, "added_at": at}
        return _projected(_remote(Note, contact.workspace, **(known | fields)))

    return _make


@pytest.fixture(scope="session")
def make_task():
    def _make(contact: Contact, title: str = "Send the quote", *, due_in: float = 1, **fields: Any) -> Task:
        known = {"contact": contact, "title": title, "due_at": timezone.now() + timedelta(days=due_in)}
        return _projected(_remote(Task, contact.workspace, **(known | fields)))

    return _make


@pytest.fixture(scope="session")
def make_appointment():
    def _make(contact: Contact, title: str = "Site walk", *, starts_in: float = 1, **fields: Any) -> Appointment:
        start = timezone.now() + timedelta(days=starts_in)
        known = {"contact": contact, "title": title, "start_at": start, "end_at": start + timedelta(hours=1)}
        return _projected(_remote(Appointment, contact.workspace, **(known | fields)))

    return _make


@pytest.fixture(scope="session")
def make_message():
    def _make(contact: Contact, body: str = "Hello there", *, days_ago: float = 1, **fields: Any) -> Message:
        at = timezone.now() - timedelta(days=days_ago)
        known = {"contact": contact, "channel": "sms", "is_inbound": True, "body": body, "sent_at": at}
        place = {"conversation_remote_id": "v1", "status": "delivered"}
        return _projected(_remote(Message, contact.workspace, **(known | place | fields)))

    return _make


@pytest.fixture(scope="session")
def make_deal():
    def _make(
        contact: Contact, name: str = "Roof for clinic 5", *, days_ago: float = 9, **fields: Any
    ) -> Opportunity:
        at = timezone.now() - timedelta(days=days_ago)
        known = {"contact": contact, "name": name, "status": "open", "value": 48000.0, "added_at": at}
        place = {"pipeline": "Roofing projects", "stage": "Quote sent"}
        return _projected(_remote(Opportunity, contact.workspace, **(known | place | fields)))

    return _make


@pytest.fixture(scope="session")
def make_change():
    def _make(contact: Contact, **parts: tuple[Any, Any]) -> ActivityEntry:
        changes = [{"field": field, "old": old, "new": new} for field, (old, new) in parts.items()]
        at = datetime.now(UTC) - timedelta(hours=1)
        made = ActivityEntry.objects.create(
            workspace=contact.workspace,
            connection=contact.connection,
            contact=contact,
            kind="change",
            type="change.fields",
            occurred_at=at,
            facts={"changes": changes},
            run_id=7,
        )
        refresh_derived([contact.pk], timezone.now())
        return made

    return _make


@pytest.fixture(scope="session")
def make_user():
    def _make(place: Workspace, name: str = "Priya Raman", **fields: Any) -> RemoteUser:
        return _remote(RemoteUser, place, name=name, **fields)

    return _make


@pytest.fixture(scope="session")
def make_calendar():
    def _make(place: Workspace, name: str = "Site visits", **fields: Any) -> Calendar:
        return _remote(Calendar, place, name=name, **fields)

    return _make


@pytest.fixture(scope="session")
def make_business():
    def _make(place: Workspace, name: str = "Parkway Dental Group") -> Business:
        return _remote(Business, place, name=name)

    return _make


@pytest.fixture(scope="session")
def make_field():
    def _make(place: Workspace, name: str, **fields: Any) -> FieldDefinition:
        return _remote(FieldDefinition, place, name=name, **fields)

    return _make


def _counted(streams: Iterable[dict[str, Any]]) -> dict[str, int]:
    """What the engine counts on a run beside its streams."""
    each = [[columns.get(name, 0) for name in ("added", "changed", "removed")] for columns in streams]
    return {"changes": sum(map(sum, each)), "failed": sum(columns.get("failed", 0) for columns in streams)}


@pytest.fixture(scope="session")
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
        known = {"kind": "incremental", "trigger": "schedule", "requests": 4, **_counted(streams.values())}
        run = SyncRun.objects.create(connection=home_of(place), state=state, **(known | times | parts))
        for position, (key, columns) in enumerate(streams.items()):
            columns = {"state": "done", "by_contact": key == "notes"} | columns
            RunStream.objects.create(run=run, stream=key, position=position, **columns)
        return run

    return _make


@pytest.fixture(scope="session")
def make_running(make_run):
    def _make(place: Workspace, **fields: Any) -> SyncRun:
        known = {"lease_owner": "box:41:aa", "heartbeat_at": timezone.now(), "forecast": 100, "requests": 40}
        streams = {
            "contacts": {"read": 500, "total": 500, "added": 3},
            "notes": {"state": "running", "read": 20, "total": 500},
        }
        return make_run(place, "running", minutes_ago=1, **(known | streams | fields))

    return _make


@pytest.fixture(scope="session")
def make_write(make_contact, make_task):
    def _make(place: Workspace, state: str = "failed", title: str = "Send references", **fields: Any) -> Write:
        task = make_task(make_contact(place, f"Dana Number{next(NUMBERS)}"), title)
        known = {"state": state, "not_before": timezone.now()}
        write = new_write("task.complete", task, **(known | fields))
        write.save()
        write.target = task
        return write

    return _make
