"""POST /integrations/webhook/: what is kept, what is only counted, and what it does."""

from datetime import timedelta
from itertools import count

import pytest
from django.test import Client
from django.utils import timezone

from integrations.activity.models import Contact, Note, Task
from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.ghl.models import Agency, Location
from integrations.ghl.provider import GhlProvider
from integrations.sync import commands, jobs
from integrations.sync.models import FetchRequest, InboundCount, InboundEvent, SyncRun
from integrations.sync.pull import on_demand
from integrations.workspace.models import AuditEntry
from tests.conftest import home_of, of_ghl
from tests.faults.conftest import full_database
from tests.ghl.signing import LegacySigner, Signer, as_body
from tests.sync.conftest import a_contact, a_note, a_task
from tests.sync.fake import FakeProvider

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/integrations/webhook/"
GHL, STRANGER, LEGACY = Signer(), Signer(), LegacySigner()
_numbers = count(1)


@pytest.fixture(autouse=True)
def _our_app(settings):
    settings.GHL_CLIENT_ID = "app-1"
    settings.GHL_WEBHOOK_ED25519_KEYS = [GHL.der]
    settings.GHL_WEBHOOK_RSA_KEYS = []


@pytest.fixture
def connection(workspace):
    return of_ghl(
        home_of(workspace),
        kind=Location.Kind.OAUTH,
        access_token="access",
        refresh_token="refresh",
        connected_at=timezone.now() - timedelta(days=1),
    )


class FakeGhl(FakeProvider):
    """Answers from memory; the tokens that it wipes are real, and so is what understands its webhooks."""

    receiver = GhlProvider.receiver

    def wipe(self, connection):
        GhlProvider().wipe(connection)


@pytest.fixture
def remote(settings):
    """A provider that answers from memory stands behind GHL's key."""
    settings.SYNC_PROVIDERS = {"ghl": f"{__name__}.FakeGhl"}
    registry.provider.cache_clear()
    yield registry.provider("ghl")
    registry.provider.cache_clear()


@pytest.fixture
def read(remote, workspace, connection):
    """A contact with a task and a note, read once."""
    remote.add(a_contact(1), a_task(1), a_note(1))
    run, _ = jobs.start_run(connection, trigger="command", kind="full")
    jobs.advance_run(run.pk)
    remote.calls.clear()
    return remote


def an_event(kind="ContactUpdate", **fields):
    """An event as GHL sends it."""
    shared = {"locationId": "loc", "appId": "app", "webhookId": f"w{next(_numbers)}", "id": "c1"}
    return {"type": kind, **shared, "timestamp": timezone.now().isoformat(), **fields}


def post(event, *, signer=GHL, header="X-GHL-Signature", signature="", **headers):
    body = event if isinstance(event, bytes) else as_body(event)
    # A client of its own that insists on CSRF, as a browser would meet it.
    return Client(enforce_csrf_checks=True).post(
        URL, body, content_type="application/json", headers={header: signature or signer.sign(body), **headers}
    )


def counted():
    return dict(InboundCount.objects.values_list("kind", "count"))


def settled():
    """The state of every event, oldest first."""
    return list(InboundEvent.objects.order_by("pk").values_list("state", flat=True))


def test_an_event_is_kept_as_it_came_and_leads_to_a_reading(read, connection):
    read.add(a_contact(1, name="Dana Whitlock"))
    event = an_event()

    answer = post(event)

    assert answer.status_code == 200
    kept = InboundEvent.objects.get()
    assert (kept.connection, kept.type, kept.stream, kept.remote_id) == (
        connection,
        "ContactUpdate",
        "contacts",
        "c1",
    )
    assert (bytes(kept.body), kept.signature, kept.state) == (as_body(event), "ed25519", "received")
    assert Contact.objects.get().name != "Dana Whitlock"  # nothing but an answer of GHL is stored
    on_demand.fetch_due(connection.pk)
    assert Contact.objects.get().name == "Dana Whitlock"
    kept.refresh_from_db()
    assert kept.state == "done"
    assert kept.lag_to_stored <= kept.lag_to_applied
    assert counted() == {}


def test_the_body_of_an_event_never_enters_the_cache(read, connection):
    post(an_event(firstName="Mallory", name="Mallory", phone="+15550666"))
    on_demand.fetch_due(connection.pk)

    assert Contact.objects.get().name == "Dana Whit1"


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"signer": STRANGER}, "bad_signature"),
        ({"signature": "N/A"}, "unsigned"),
        ({"header": "X-Nothing"}, "unsigned"),
        ({"signer": LEGACY, "header": "X-WH-Signature"}, "legacy_signature"),
    ],
)
def test_what_ghl_did_not_sign_is_refused_and_only_counted(connection, headers, kind):
    assert post(an_event(), **headers).status_code == 401
    assert post(an_event(), **headers).status_code == 401

    assert counted() == {kind: 2}
    assert not InboundEvent.objects.exists()
    assert not FetchRequest.objects.exists()


def test_a_changed_byte_is_refused_even_with_a_legacy_signature_that_fits(connection, settings):
    settings.GHL_WEBHOOK_RSA_KEYS = [LEGACY.der]
    body = as_body(an_event())
    changed = body.replace(b'"c1"', b'"c2"')
    headers = {"X-WH-Signature": LEGACY.sign(changed)}

    assert post(changed, signature=GHL.sign(body), **headers).status_code == 401

    assert counted() == {"bad_signature": 1}


def test_the_legacy_signature_is_accepted_once_its_key_is_configured(connection, settings):
    settings.GHL_WEBHOOK_RSA_KEYS = [LEGACY.der]

    assert post(an_event(), signer=LEGACY, header="X-WH-Signature").status_code == 200

    assert InboundEvent.objects.get().signature == "rsa"


def test_an_event_that_comes_again_changes_nothing(read, connection):
    event = an_event()
    post(event)
    on_demand.fetch_due(connection.pk)

    assert [post(event).status_code for _ in range(3)] == [200] * 3

    assert InboundEvent.objects.count() == 1
    assert not FetchRequest.objects.exists()
    assert counted() == {"duplicate": 3}


def test_an_event_without_an_id_is_known_by_its_bytes(read):
    event = an_event()
    del event["webhookId"]

    post(event)
    post(event)
    post(event | {"id": "c2"})

    assert InboundEvent.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"locationId": "elsewhere"}, "unknown_location"),
        ({"appId": "another"}, "other_app"),
        ({"locationId": None, "companyId": "nobody"}, "unknown_location"),
    ],
)
def test_what_concerns_nobody_here_is_answered_and_only_counted(connection, fields, kind):
    assert post(an_event(**fields)).status_code == 200

    assert counted() == {kind: 1}
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("body", [b"[]", b"not json", b'{"id": "c1"}'])
def test_a_signed_body_that_is_no_event_is_answered_and_counted(connection, body):
    assert post(body).status_code == 200

    assert counted() == {"unreadable": 1}


def test_a_body_larger_than_any_event_is_not_read(connection):
    assert post(b" " * (1024 * 1024 + 1)).status_code == 413

    assert counted() == {"too_large": 1}


def test_only_posts_are_taken(client):
    assert client.get(URL).status_code == 405


def test_a_revoked_account_is_sent_nothing_more(connection):
    Connection.objects.update(state=Connection.State.REVOKED)

    assert post(an_event()).status_code == 200

    assert counted() == {"disconnected": 1}
    assert not InboundEvent.objects.exists()


def test_an_event_of_an_unknown_type_is_kept_and_ignored(connection):
    post(an_event("InvoiceCreate"))

    kept = InboundEvent.objects.get()
    assert kept.state == "ignored"
    assert kept.reason
    assert not FetchRequest.objects.exists()


def test_a_late_update_of_a_deleted_contact_does_not_bring_it_back(read, connection):
    read.remove(read.holds["contacts"]["c1"])
    deleted, updated = an_event("ContactDelete"), an_event("ContactUpdate")

    for event in (deleted, updated):
        post(event)
        on_demand.fetch_due(connection.pk)

    assert not Contact.objects.present().exists()
    assert settled() == ["done", "done"]


def test_a_deletion_that_arrives_late_does_not_remove_what_was_made_again(read, connection):
    """The id lives: whoever restored it, GHL shows it."""
    post(an_event("ContactDelete"))
    on_demand.fetch_due(connection.pk)

    assert Contact.objects.present().exists()


def test_a_new_task_is_found_by_its_title_when_its_event_names_no_contact(read, connection):
    read.add(a_task(2, title="Send the quote"))

    post(an_event("TaskCreate", id="t2", title="Send the quote"))
    on_demand.fetch_due(connection.pk)

    assert Task.objects.get(remote_id="t2").contact is not None
    assert ("find", "tasks") in read.calls


def test_a_task_that_the_search_does_not_show_yet_is_searched_again(read, connection):
    post(an_event("TaskCreate", id="t2", title="Send the quote"))
    on_demand.fetch_due(connection.pk)
    assert settled() == ["received"]

    read.add(a_task(2, title="Send the quote"))
    on_demand.fetch_due(connection.pk, clock=lambda: timezone.now() + timedelta(minutes=1))

    assert Task.objects.present().filter(remote_id="t2").exists()


def test_a_known_task_is_asked_for_directly_so_that_a_late_title_cannot_remove_it(read, connection):
    post(an_event("TaskCreate", id="t1", title="What it was called before"))
    on_demand.fetch_due(connection.pk)

    assert Task.objects.present().filter(remote_id="t1").exists()
    assert ("find", "tasks") not in read.calls


def test_a_note_is_read_with_the_contact_that_its_event_names(read, connection):
    read.add(a_note(2))

    post(an_event("NoteCreate", id="n2", contactId="c1"))
    on_demand.fetch_due(connection.pk)

    assert Note.objects.filter(remote_id="n2").exists()


def test_a_known_note_needs_no_contact_in_its_event_and_an_unknown_one_fails_with_a_reason(read, connection):
    read.add(a_note(1, body="Spoke again"))

    post(an_event("NoteUpdate", id="n1"))
    post(an_event("NoteUpdate", id="n9"))
    on_demand.fetch_due(connection.pk)

    assert Note.objects.get(remote_id="n1").body == "Spoke again"
    assert settled() == ["done", "failed"]
    assert "which contact this note belongs to" in InboundEvent.objects.get(remote_id="n9").reason


def test_several_events_about_one_thing_are_one_reading(read, connection):
    for _ in range(5):
        post(an_event())
    on_demand.fetch_due(connection.pk)

    assert read.calls.count(("one", "contacts")) == 1
    assert settled() == ["done"] * 5


def test_an_event_that_arrives_while_its_thing_is_read_waits_for_the_next_reading(read, connection):
    read.on_read = lambda: post(an_event())
    post(an_event())

    on_demand.fetch_due(connection.pk)
    assert settled() == ["received", "received"]
    on_demand.fetch_due(connection.pk)

    assert settled() == ["done", "done"]


def test_when_too_many_wait_the_sender_is_told_to_come_again_but_not_about_what_is_known(
    read, settings, connection
):
    settings.SYNC_EVENTS_WAITING = 2
    events = [an_event(id=f"c{number}") for number in range(3)]
    assert [post(event).status_code for event in events] == [200, 200, 429]

    assert post(events[0]).status_code == 200
    assert post(events[2])["Retry-After"] == "600"
    # What needs no reading makes nobody wait.
    assert post(an_event("InvoiceCreate")).status_code == 200
    on_demand.fetch_due(connection.pk)

    assert post(events[2]).status_code == 200
    assert counted() == {"too_many": 2, "duplicate": 1}


def test_what_the_database_cannot_keep_just_now_is_sent_again_later(connection):
    with full_database("sync_inboundevent"):
        answer = post(an_event(body="Spoke. " * 10_000))  # no page has room for as much

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")
    assert not InboundEvent.objects.exists()
    assert post(an_event()).status_code == 200


def test_the_removal_of_the_app_ends_the_connection_and_its_run(remote, workspace, connection):
    run, _ = jobs.start_run(connection, trigger="command", kind="full")

    post(an_event("UNINSTALL", id=None))

    connection.refresh_from_db()
    assert (connection.state, connection.ghl_location.access_token, connection.ghl_location.refresh_token) == (
        "uninstalled",
        "",
        "",
    )
    assert "uninstalled in GHL" in connection.reason
    run.refresh_from_db()
    assert run.state == SyncRun.State.CANCELLED
    assert settled() == ["done"]
    assert AuditEntry.objects.get(act="connection.uninstalled").workspace == workspace
    assert post(an_event()).status_code == 200
    assert counted() == {"disconnected": 1}


def test_the_removal_of_an_agencys_app_ends_all_that_hang_on_it(connection):
    agency = Agency.objects.create(company_id="comp", access_token="a", refresh_token="r")
    Location.objects.update(agency=agency)

    post(an_event("UNINSTALL", id=None, locationId=None, companyId="comp"))

    assert Connection.objects.get(provider="ghl").state == "uninstalled"
    assert Agency.objects.get().refresh_token == ""


def test_a_removal_from_before_the_connection_was_made_ends_nothing(connection):
    before = connection.connected_at - timedelta(seconds=1)

    post(an_event("UNINSTALL", id=None, timestamp=before.isoformat()))

    assert Connection.objects.get(provider="ghl").state == "connected"


def test_a_late_removal_leaves_an_agency_that_signed_in_again_its_tokens(connection):
    agency = Agency.objects.create(company_id="comp", access_token="a", refresh_token="r")
    Location.objects.update(agency=agency)
    Connection.objects.update(connected_at=timezone.now())
    before = timezone.now() - timedelta(minutes=10)

    post(an_event("UNINSTALL", id=None, locationId=None, companyId="comp", timestamp=before.isoformat()))

    assert Connection.objects.get(provider="ghl").state == "connected"
    assert Agency.objects.get().refresh_token == "r"


def test_a_private_token_outlives_the_app(connection):
    Location.objects.update(kind=Location.Kind.PRIVATE)

    post(an_event("UNINSTALL", id=None))

    assert Connection.objects.get(provider="ghl").state == "connected"


def test_an_install_after_the_removal_asks_for_a_reconnect(connection):
    post(an_event("UNINSTALL", id=None))

    post(an_event("INSTALL", id=None))

    connection.refresh_from_db()
    assert (connection.state, connection.ghl_location.access_token) == ("uninstalled", "")
    assert "Reconnect" in connection.reason
    assert settled() == ["done", "done"]


def test_the_address_works_without_its_last_slash(connection):
    body = as_body(an_event())

    answer = Client().post(
        URL.rstrip("/"), body, content_type="application/json", headers={"X-GHL-Signature": GHL.sign(body)}
    )

    assert (answer.status_code, settled()) == (200, ["received"])


def test_an_event_costs_few_statements(connection, django_assert_max_num_queries):
    body = as_body(an_event())
    headers = {"X-GHL-Signature": GHL.sign(body)}
    client = Client()
    # whose is it; how many wait; begin, keep, note the wish, is a ring on its way, commit
    with django_assert_max_num_queries(7):
        client.post(URL, body, content_type="application/json", headers=headers)


def test_purging_an_account_takes_its_events_along(read, connection):
    post(an_event())

    commands.purge_cache(connection)

    assert not InboundEvent.objects.exists()
