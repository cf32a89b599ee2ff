"""Somebody else holds the database: pages are read, nothing waits for long, and what was not saved is said."""

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from contacts_ui.shell import unsaved
from integrations.connections.models import Connection
from integrations.ghl.models import Location
from integrations.sync import tally
from integrations.sync.inbox import webhook_view
from integrations.sync.models import InboundCount, InboundEvent
from integrations.workspace import presence
from integrations.workspace.models import User
from integrations.workspace.patience import waiting_at_most
from tests.conftest import PASSWORD
from tests.faults.conftest import held_database
from tests.ghl.signing import Signer, as_body

pytestmark = pytest.mark.django_db(transaction=True)
SIGNER = Signer()
WEBHOOK = "/integrations/webhook/"


@pytest.fixture(autouse=True)
def _short_patience(settings):
    """As in a web process, only shorter; no other test waits for the rest of this one's."""
    settings.DATABASE_WAIT_SECONDS = 0.2
    settings.GHL_CLIENT_ID = "app-1"
    settings.GHL_WEBHOOK_ED25519_KEYS = [SIGNER.der]
    with waiting_at_most(0.2):
        yield
    webhook_view.breaker.reset()


@pytest.fixture
def signed_in(remote, alice):
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    User.objects.update(last_active_at=None, last_login=None)
    return client


def deliver(signer=SIGNER):
    event = {"type": "ContactUpdate", "locationId": "loc", "appId": "app", "webhookId": "w1", "id": "c1"}
    body = as_body(event | {"timestamp": timezone.now().isoformat()})
    headers = {"X-GHL-Signature": signer.sign(body)}
    return Client().post(WEBHOOK, body, content_type="application/json", headers=headers)


def counted():
    return dict(InboundCount.objects.values_list("kind", "count"))


def test_pages_are_read_and_the_person_is_noted_by_the_next_page(signed_in, alice):
    with held_database():
        assert signed_in.get("/contacts/").status_code == 200
    alice.refresh_from_db()
    assert alice.last_active_at is None

    signed_in.get("/contacts/")

    alice.refresh_from_db()
    assert alice.last_active_at is not None


def test_what_could_not_be_saved_is_said_and_can_be_done_again(alice):
    client = Client(raise_request_exception=False)
    data = {"login": alice.email, "password": PASSWORD}

    with held_database():
        answer = client.post("/account/login/", data)
        fragment = client.post("/account/login/", data, headers={"HX-Request": "true"})

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "The database is not available" in answer.text
    assert "Nothing was saved" in answer.text
    assert (fragment.status_code, fragment["Content-Type"]) == (503, "text/plain; charset=utf-8")
    assert (
        fragment.text == "The database is not available, so “Sign in” was not done. "
        "Nothing was saved. Try again in a few seconds."
    )
    assert client.post("/account/login/", data).status_code == 302


def test_a_session_that_could_not_be_saved_is_no_broken_request(staff, settings):
    settings.GHL_CLIENT_SECRET = "secret"
    client = Client(raise_request_exception=False)
    client.force_login(staff)

    with held_database():
        answer = client.post("/integrations/connect/")

    assert answer.status_code == 503
    assert client.post("/integrations/connect/").status_code == 302


def test_the_page_of_a_busy_database_leads_back_to_where_the_form_was(alice):
    client = Client(raise_request_exception=False)
    data = {"login": alice.email, "password": PASSWORD}

    with held_database():
        answer = client.post(
            "/account/login/", data, headers={"Referer": "http://testserver/account/login/?next=/sync/"}
        )

    assert (
        '<a class="button button--primary" href="/account/login/?next=/sync/">Back to the page</a>' in answer.text
    )


@pytest.mark.parametrize("page", ["https://elsewhere.example/", "http://testserver//elsewhere.example/"])
def test_it_leads_to_no_other_site(alice, page):
    client = Client(raise_request_exception=False)

    with held_database():
        answer = client.post(
            "/account/login/", {"login": alice.email, "password": PASSWORD}, headers={"Referer": page}
        )

    assert answer.status_code == 503
    assert "elsewhere" not in answer.text


def test_an_undo_that_a_busy_database_refused_is_not_called_harmless():
    words = unsaved.when_busy(unsaved.act_named("contacts_ui:task-undo"))

    assert "The change will still be sent" in words
    assert "Nothing was" not in words


def test_a_strangers_webhook_is_refused_without_a_write_and_counted_later():
    with held_database():
        assert [deliver(Signer()).status_code for _ in range(3)] == [401, 401, 401]
    assert counted() == {}

    tally.flush()
    tally.flush()

    assert counted() == {"bad_signature": 3}


def test_a_page_writes_the_counts_that_waited(signed_in):
    with held_database():
        deliver(Signer())

    signed_in.get("/contacts/")

    assert counted() == {"bad_signature": 1}


def of_ghl(connection):
    """Make the account one of GHL's."""
    Connection.objects.filter(pk=connection.pk).update(provider="ghl", external_id="loc")
    Location.objects.create(connection=connection, kind=Location.Kind.PRIVATE, access_token="token")


def test_an_event_is_sent_back_until_it_can_be_kept(connection):
    of_ghl(connection)
    with held_database():
        assert deliver().status_code == 429
    webhook_view.breaker.reset()  # the moment is over

    assert deliver().status_code == 200
    assert InboundEvent.objects.count() == 1


def test_events_do_not_queue_up_for_the_database_one_time_out_after_the_other(connection, monkeypatch):
    monkeypatch.setattr(webhook_view.breaker, "seconds", 60.0)
    of_ghl(connection)
    with held_database():
        assert deliver().status_code == 429

    assert deliver().status_code == 429  # rests, though the database is free: not even asked


def test_patience_ends_with_its_block(now, alice):
    with held_database():
        presence.note(alice, now)  # gives up at once and puts back what was
        with pytest.raises(OperationalError):
            User.objects.update(first_name="Dana")

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout" if connection.vendor == "sqlite" else "SHOW lock_timeout")
        assert cursor.fetchone()[0] in (200, "200ms")
