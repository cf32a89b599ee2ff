"""The connections page: what it shows to whom, sync now, and revoking with and without the cache."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from integrations.activity.models import Contact
from integrations.connections.models import Connection
from integrations.sync.models import StreamCursor, SyncRun, SyncSchedule
from integrations.workspace.models import AuditEntry, Membership
from tests.conftest import a_workspace, home_of, of_ghl

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("remote")]
PAGE = "/connections/"


def account(name, **fields):
    """A connected workspace without a network behind it."""
    workspace = a_workspace(name, provider="ghl")
    connection = of_ghl(home_of(workspace), f"loc-{name}", **fields)
    SyncSchedule.objects.create(connection=connection, last_synced_at=timezone.now() - timedelta(minutes=2))
    return workspace


def with_contacts(workspace, count):
    Contact.objects.bulk_create(
        Contact(
            workspace=workspace, connection=home_of(workspace), remote_id=f"c{number}", fetched_at=timezone.now()
        )
        for number in range(count)
    )


@pytest.fixture
def south(db):
    return account("Cedar South")


@pytest.fixture
def join():
    def _join(user, workspace, role):
        Membership.objects.create(user=user, workspace=workspace, role=role)

    return _join


def test_without_accounts_it_offers_to_connect_the_first(as_staff):
    assert "Connect your first account" in as_staff.get(PAGE).text


def test_a_card_says_how_it_is_connected_what_it_can_do_and_what_is_refused(as_staff, south):
    StreamCursor.objects.create(connection=home_of(south), stream="contacts", state="allowed")
    StreamCursor.objects.create(
        connection=home_of(south), stream="notes", state="refused", reason="The scope is missing."
    )

    page = as_staff.get(PAGE).text

    assert "Private token, no auto-refresh, read only" in page
    assert re.search(r"Contacts<span class=\"visually-hidden\">: Allowed", page)
    assert re.search(r"Notes<span class=\"visually-hidden\">: Refused by GHL. The scope is missing", page)
    assert re.search(r"Writing<span class=\"visually-hidden\">: Connected for reading", page)
    assert "pit-of-a-test" not in page


def test_a_broken_account_comes_first_with_its_reason_and_a_way_out(as_staff, south):
    broken = account(
        "Zebra", state="needs_reconnect", reason="GHL said no.", broken_since=timezone.now() - timedelta(hours=3)
    )
    with_contacts(broken, 2)

    page = as_staff.get(PAGE).text

    assert page.index("Zebra") < page.index("Cedar South")
    assert "Zebra stopped syncing" in page
    assert "GHL said no. 2 contacts stay readable. Reconnecting fills the gap." in page
    assert f"/integrations/connect/?workspace={broken.pk}" in page


def test_reps_and_strangers_do_not_find_the_page(browse, alice, south):
    assert browse(alice).get(PAGE).status_code == 404
    assert browse().get(PAGE).status_code == 302


def test_a_manager_reads_their_own_accounts_and_has_no_buttons(browse, bob, south, join):
    account("Cedar Hidden")
    join(bob, south, Membership.Role.MANAGER)

    page = browse(bob).get(PAGE).text

    assert "Cedar South" in page
    assert "Cedar Hidden" not in page
    assert f"sync-{south.pk}" not in page
    assert "Revoke" not in page


def test_a_manager_cannot_act(browse, bob, south, join):
    join(bob, south, Membership.Role.MANAGER)
    for name in ("connection-sync", "connection-revoke"):
        address = reverse(f"contacts_ui:{name}", args=[south.pk])
        assert browse(bob).post(address).status_code == 404
    assert Connection.objects.get(provider="ghl").state == "connected"


def test_sync_now_starts_one_run_however_often_it_is_pressed(as_staff, south):
    address = reverse("contacts_ui:connection-sync", args=[south.pk])

    as_staff.post(address)
    as_staff.post(address)

    assert SyncRun.objects.count() == 1


def test_sync_now_on_a_broken_account_says_why_not(as_staff):
    broken = account("Zebra", state="needs_reconnect", reason="GHL said no.")

    answer = as_staff.post(reverse("contacts_ui:connection-sync", args=[broken.pk]), follow=True)

    assert "Zebra: GHL said no." in answer.text
    assert not SyncRun.objects.exists()


def test_revoking_wipes_the_tokens_and_keeps_the_cache(as_staff, staff, south):
    with_contacts(south, 3)

    as_staff.post(reverse("contacts_ui:connection-revoke", args=[south.pk]), {"cache": "keep"})

    wiped = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert (wiped.state, wiped.ghl_location.access_token) == ("revoked", "")
    assert Contact.objects.count() == 3
    assert AuditEntry.objects.get(act="connection.revoke").actor == staff
    page = as_staff.get(PAGE).text
    assert "Revoked" in page
    assert "stopped syncing" not in page  # it was ended on purpose: nothing to mend


def test_deleting_the_cache_takes_the_name_typed(as_staff, south):
    with_contacts(south, 3)
    address = reverse("contacts_ui:connection-revoke", args=[south.pk])
    page = as_staff.get(address).text
    assert "Removes 3 contacts and 0 items from this server permanently." in page

    answer = as_staff.post(address, {"cache": "delete", "name": "Cedar"})
    assert (answer.status_code, Contact.objects.count()) == (400, 3)
    assert Connection.objects.get(provider="ghl").state == "connected"

    as_staff.post(address, {"cache": "delete", "name": "Cedar South"})
    assert (Connection.objects.get(provider="ghl").state, Contact.objects.count()) == ("revoked", 0)


def test_the_page_makes_the_same_queries_for_one_account_and_for_twenty(
    as_staff, django_assert_num_queries, south
):
    # Session, person; workspaces; connections; sign-ins; budgets; runs; streams; parked installs.
    expected = 9
    with django_assert_num_queries(expected):
        as_staff.get(PAGE)
    account("Cedar Works")
    with django_assert_num_queries(expected):
        as_staff.get(PAGE)
    # Contacts and waiting edits of the first account that needs a person.
    with_contacts(account("Cedar Broken", state="needs_reconnect"), 2)
    with django_assert_num_queries(expected + 2):
        as_staff.get(PAGE)
    for number in range(17):
        with_contacts(account(f"Cedar {number}", state="needs_reconnect" if number % 2 else "connected"), 2)
    with django_assert_num_queries(expected + 2):
        as_staff.get(PAGE)


def test_an_admin_switches_a_stream_off_and_on_without_scripts(browse, carol, south, join):
    join(carol, south, "admin")
    address = reverse("contacts_ui:connection-stream", args=[south.pk, "notes"])
    page = browse(carol).get(PAGE).text
    assert f'action="{address}"' in page
    assert 'aria-checked="true" aria-label="Sync notes of Cedar South"' in page

    answer = browse(carol).post(address, {"on": "0"}, follow=True)

    assert "Notes are off for Cedar South. Existing notes stay." in " ".join(answer.text.split())
    assert re.search(r"Notes<span class=\"visually-hidden\">: Switched off here", answer.text)
    assert 'aria-checked="false" aria-label="Sync notes of Cedar South"' in answer.text
    assert not StreamCursor.objects.get().is_on

    undo = re.search(r'id="switched".*?action="([^"]+)".*?name="on" value="(\d)"', answer.text, re.S)
    answer = browse(carol).post(undo[1], {"on": undo[2]}, follow=True)

    assert StreamCursor.objects.get().is_on
    assert "Notes are on for Cedar South. The next sync reads all of them again." in " ".join(answer.text.split())


def test_what_was_switched_is_said_as_it_stands_now_and_to_those_who_may_switch(browse, carol, bob, south, join):
    join(carol, south, "admin")
    join(bob, south, "manager")
    said = f"{PAGE}?switched=notes&of={south.pk}"
    StreamCursor.objects.create(connection=home_of(south), stream="notes", is_on=False)
    assert "Notes are off for" in browse(carol).get(said).text
    StreamCursor.objects.update(is_on=True)
    assert "Notes are off for" not in browse(carol).get(said).text
    for nothing in (browse(bob).get(said), browse(carol).get(f"{PAGE}?switched=contacts&of={south.pk}")):
        assert 'id="switched"' not in nothing.text


def test_only_an_admin_of_the_account_switches_streams(browse, bob, mallory, south, join):
    join(bob, south, "manager")
    address = reverse("contacts_ui:connection-stream", args=[south.pk, "notes"])

    assert 'role="switch"' not in browse(bob).get(PAGE).text
    assert [browse(person).post(address, {"on": "0"}).status_code for person in (bob, mallory)] == [404, 404]
    assert not StreamCursor.objects.exists()


def test_what_cannot_be_switched_off_is_not_found(as_staff, south):
    for stream in ("contacts", "users", "nonsense"):
        address = reverse("contacts_ui:connection-stream", args=[south.pk, stream])
        assert as_staff.post(address, {"on": "0"}).status_code == 404


def test_a_sync_under_way_says_what_it_will_still_cost(as_staff, south, settings):
    settings.GHL_BURST_LIMIT, settings.GHL_BURST_SECONDS, settings.GHL_DAILY_LIMIT = 100, 10, 200_000
    SyncRun.objects.create(
        connection=home_of(south), kind="full", trigger="manual", state="running", forecast=5113
    )
    page = as_staff.get(PAGE).content.decode()
    assert "The running sync needs 5,113 requests, about 9 minutes, 3% of today." in page
    SyncRun.objects.update(forecast=None)
    assert "Sync under way" in as_staff.get(PAGE).content.decode()
