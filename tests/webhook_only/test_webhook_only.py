"""A system that cannot be asked: its events are kept once and stored as they came, without a call to anybody."""

import json

import pytest
from django.test import Client

from integrations.activity.models import ActivityEntry, Contact, Note
from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.sync import commands, jobs
from integrations.sync.models import ApiCall, FetchRequest, InboundCount, InboundEvent, SyncRun
from tests.webhook_only.provider import sign

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/integrations/hooks/bookings/account-9/"


@pytest.fixture(autouse=True)
def bookings(settings, workspace):
    """An account of it feeds the workspace beside its home account."""
    settings.SYNC_PROVIDERS = settings.SYNC_PROVIDERS | {"bookings": "tests.webhook_only.provider.Provider"}
    registry.provider.cache_clear()
    link = {"provider": "bookings", "external_id": "account-9", "is_home": False}
    yield Connection.objects.create(workspace=workspace, **link)
    registry.provider.cache_clear()


def an_event(number=1, kind="booked", **fields):
    return {"id": f"e{number}", "type": kind, "guest": "g1", "name": "Dana Whitlock", "said": "At ten.", **fields}


def post(event, url=URL, signature=""):
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    headers = {"X-Signature": signature or sign(body)}
    return Client(enforce_csrf_checks=True).post(url, body, content_type="application/json", headers=headers)


def process():
    done, is_idle = jobs.work_until_idle(timeout=30)
    assert is_idle
    return done


def states():
    return list(InboundEvent.objects.order_by("pk").values_list("state", flat=True))


def test_an_event_is_kept_first_and_stored_as_it_came(bookings):
    assert post(an_event()).status_code == 200
    assert (states(), Note.objects.count()) == (["received"], 0)

    process()

    note = Note.objects.get()
    assert (note.body, note.connection, note.contact.name) == ("At ten.", bookings, "Dana Whitlock")
    assert ActivityEntry.objects.get(kind="note", source_id=note.pk).contact == Contact.objects.get()
    assert states() == ["done"]
    assert not FetchRequest.objects.exists()
    assert not ApiCall.objects.exists()


def test_the_same_event_again_changes_nothing(bookings):
    post(an_event())
    process()

    assert post(an_event(said="Something else.")).content == b"This event is known already."
    process()
    assert Note.objects.get().body == "At ten."


def test_several_events_of_one_thing_end_as_the_last_one_says(bookings):
    post(an_event(1, name="Dana"))
    post(an_event(2, name="Dana Whitlock"))
    process()

    assert (Contact.objects.get().name, Note.objects.count()) == ("Dana Whitlock", 2)


def test_a_replay_stores_it_again_and_doubles_nothing(bookings):
    post(an_event())
    process()
    Note.objects.all().delete()

    commands.replay_events(actor=None, event_id=InboundEvent.objects.get().pk)
    process()

    assert (Note.objects.get().body, states()) == ("At ten.", ["done"])


def test_what_is_not_understood_fails_with_the_reason_and_costs_the_others_nothing(bookings):
    post(an_event(1, kind="waved"))
    post(an_event(2))
    process()

    assert states() == ["failed", "done"]
    assert InboundEvent.objects.first().reason == "Events of this type are not understood."


def test_a_fault_of_our_own_in_one_event_ends_as_failed(bookings):
    post(json.dumps({"id": "e1", "type": "booked"}).encode())
    process()

    assert "internal error" in InboundEvent.objects.get().reason


@pytest.mark.parametrize(
    ("url", "signature", "status", "kind"),
    [
        (URL, "forged", 401, "bad_signature"),
        ("/integrations/hooks/bookings/another/", "", 404, "unknown_address"),
    ],
)
def test_what_is_refused_is_counted_and_not_kept(bookings, url, signature, status, kind):
    assert post(an_event(), url, signature).status_code == status
    assert not InboundEvent.objects.exists()
    assert InboundCount.objects.get().kind == kind


@pytest.mark.parametrize("system", ["nobody", "ghl"])
def test_an_address_of_a_system_without_such_addresses_is_unknown(bookings, system):
    assert post(an_event(), f"/integrations/hooks/{system}/account-9/").status_code == 404


def test_a_body_over_a_mebibyte_is_not_read(bookings):
    assert post(b"x" * (1024 * 1024 + 1)).status_code == 413


def test_more_than_can_be_worked_off_is_sent_back_for_later(bookings, settings):
    settings.SYNC_EVENTS_WAITING = 1
    post(an_event(1))

    answer = post(an_event(2))

    assert (answer.status_code, answer["Retry-After"], states()) == (429, "600", ["received"])


def test_nobody_reads_it_by_a_run(bookings, carol):
    with pytest.raises(commands.Refused, match="cannot be read"):
        commands.sync_now(connection=bookings, actor=carol)
    assert not SyncRun.objects.exists()
