"""Connections under a key that this process lacks: pages read, commands say one line, one reconnect repairs."""

import io
import json
import sys
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from integrations.activity.models import Contact, Task
from integrations.connections.models import Connection
from integrations.connections.ports import Lane
from integrations.ghl import health_check, installs, oauth, tokens
from integrations.ghl.adapter import UNREADABLE, Unreadable, using
from integrations.ghl.connecting import connect_private
from integrations.ghl.models import Agency, Location, ParkedInstall
from integrations.ghl.provider import GhlProvider
from integrations.security.crypto import SecretUnreadableError
from integrations.sync import health, jobs
from integrations.sync.models import SyncRun, SyncSchedule
from tests.conftest import a_workspace, home_of, of_ghl
from tests.ghl.conftest import CALLBACK, code_for, decide, start

pytestmark = pytest.mark.django_db


def fresh_key():
    return Fernet.generate_key().decode()


def connect(ghl, **options):
    code = code_for(ghl, ghl.location_id, **options)
    return installs.settle(oauth.exchange(code, redirect_uri=CALLBACK), actor=None)


@pytest.fixture(params=["oauth", "private"])
def connection(request, ghl, settings):
    settings.GHL_REDIRECT_URI = CALLBACK
    if request.param == "oauth":
        return connect(ghl)
    return connect_private(location_id=ghl.location_id, token=ghl.pit, may_write=True, actor=None)


@pytest.fixture
def lost_key(connection, settings):
    """Only now the key is another one; returns the list that fitted."""
    before, settings.SECRETS_KEYS = settings.SECRETS_KEYS, [fresh_key()]
    return before


@pytest.fixture
def contact(connection):
    now = timezone.now()
    fields = {
        "workspace": connection.workspace,
        "connection": connection,
        "fetched_at": now,
        "name": "Dana Whitlock",
    }
    made = Contact.objects.create(remote_id="c1", checked_at=now, **fields)
    task = {"contact": made, "contact_remote_id": "c1", "fetched_at": now}
    Task.objects.create(
        remote_id="t1", title="Send the quote", due_at=now, **task, workspace=made.workspace, connection=connection
    )
    return made


@pytest.fixture
def decryptions(monkeypatch):
    """How often a secret was decrypted from here on; the library is asked, whichever way of ours leads there."""
    seen, decrypt = [], MultiFernet.decrypt
    monkeypatch.setattr(MultiFernet, "decrypt", lambda *given: (seen.append(given), decrypt(*given))[1])
    return seen


def stored():
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT access_token, refresh_token, state"
            " FROM ghl_location JOIN connections_connection c ON c.id = connection_id"
        )
        return cursor.fetchall()


def page_addresses(contact):
    workspace = contact.workspace_id
    return [
        "/contacts/",
        f"/contacts/{contact.pk}/",
        f"/contacts/{contact.pk}/live/",
        "/connections/",
        f"/connections/{workspace}/revoke/",
        "/sync/",
        "/account/appearance/",
        "/integrations/connect/",
        f"/integrations/connect/?workspace={workspace}",
        f"/integrations/connect/token/?workspace={workspace}",
    ]


def said(command, *arguments):
    """(exit status, its one sentence) of a command that fails; whatever else it raises is a traceback."""
    with pytest.raises(CommandError) as caught:
        call_command(command, *arguments, stdout=io.StringIO(), stderr=io.StringIO())
    assert "\n" not in str(caught.value)
    return caught.value.returncode, str(caught.value)


def test_every_page_reads(as_staff, contact, lost_key):
    answers = {address: as_staff.get(address).status_code for address in page_addresses(contact)}

    assert answers == dict.fromkeys(answers, 200)


def test_the_connections_page_says_that_the_sign_in_cannot_be_read_and_how_to_go_on(as_staff, contact, lost_key):
    page = as_staff.get("/connections/").text

    assert UNREADABLE in page
    assert "Needs reconnect" in page
    assert f"/integrations/connect/?workspace={contact.workspace_id}" in page


def test_nothing_is_decrypted_where_rows_are_listed(as_staff, contact, decryptions):
    for address in page_addresses(contact):
        as_staff.get(address)
    GhlProvider().status([contact.connection])
    health.connection_statuses([contact.connection])
    call_command("export", "--out", "/dev/null", stdout=io.StringIO(), stderr=io.StringIO())
    said("doctor")

    assert decryptions == []
    assert GhlProvider().reader(contact.connection, Lane.BULK).client.auth.token()
    assert decryptions  # or the counter would prove nothing


def test_the_key_put_back_mends_it_without_anybody_doing_more(connection, lost_key, settings):
    before = stored()
    with pytest.raises(Unreadable):
        GhlProvider().reader(connection, Lane.BULK)
    jobs.start_due_runs(timezone.now())
    assert not health_check.check(connection).has_passed
    said("sync")
    assert stored() == before

    settings.SECRETS_KEYS = lost_key

    assert health.connection_status(connection).is_usable
    assert health_check.check(connection).has_passed
    assert (
        GhlProvider()
        .reader(connection, Lane.BULK)
        .partitions(
            "appointments", since=timezone.now(), now=timezone.now(), span=timedelta(days=1), is_whole=True
        )
    )


def test_a_web_server_that_lacks_the_key_breaks_nothing_for_workers_that_have_it(as_staff, connection, settings):
    right = settings.SECRETS_KEYS
    settings.SECRETS_KEYS = [fresh_key()]
    answer = as_staff.post(reverse("ghl:test", args=[connection.workspace_id]), follow=True)
    assert "cannot be read with the keys in SECRETS_KEYS" in answer.text

    settings.SECRETS_KEYS = right

    assert jobs.start_due_runs(timezone.now()) != []


def test_a_worker_without_the_key_says_so_in_the_log_once(connection, lost_key, settings):
    for _ in range(3):
        for run in jobs.start_due_runs(timezone.now()):
            assert jobs.advance_run(run)
        SyncSchedule.objects.update(next_at=timezone.now())

    run = SyncRun.objects.get()
    assert (run.state, run.reason, run.requests) == ("failed", UNREADABLE, 0)

    settings.SECRETS_KEYS = lost_key
    assert jobs.start_due_runs(timezone.now()) != []


def test_many_sign_ins_that_cannot_be_read_are_looked_at_together(connection, lost_key):
    def statements():
        with CaptureQueriesContext(database) as seen:
            assert jobs.start_due_runs(timezone.now()) == []
        return len(seen)

    def said_already(one):
        SyncSchedule.objects.update_or_create(connection=one, defaults={"next_at": timezone.now()})
        SyncRun.objects.create(connection=one, kind="full", trigger="schedule", state="failed", reason=UNREADABLE)

    said_already(connection)
    alone = statements()
    for number in range(5):
        said_already(of_ghl(home_of(a_workspace(f"Cedar {number}")), f"loc-{number}"))
    # Written under the key that is here, so it goes away like the first one's.
    with database.cursor() as cursor:
        cursor.execute("UPDATE ghl_location SET access_token = 'gAAAAA'")

    assert statements() == alone


def test_reconnecting_on_the_page_repairs_it(as_staff, connection, lost_key, ghl):
    as_staff.get(decide(start(as_staff, workspace=connection.workspace_id), ghl.location_id))

    assert (Location.objects.get().is_readable, Connection.objects.filter(provider="ghl").count()) == (True, 1)
    assert health_check.check(Connection.objects.get(provider="ghl")).has_passed


def test_a_private_token_repairs_it(as_staff, connection, lost_key, ghl):
    fields = {"location_id": ghl.location_id, "token": ghl.pit}
    as_staff.post(f"/integrations/connect/token/?workspace={connection.workspace_id}", fields)

    assert Location.objects.get().access_token == ghl.pit
    assert health_check.check(Connection.objects.get(provider="ghl")).has_passed


def test_connect_on_the_command_line_repairs_it(connection, lost_key, ghl, monkeypatch):
    call_command("connect", "--oauth-code", code_for(ghl, ghl.location_id), stdout=io.StringIO())
    assert health_check.check(Connection.objects.get(provider="ghl")).has_passed

    Location.objects.update(access_token="x")
    monkeypatch.setattr(sys, "stdin", io.StringIO(ghl.pit))
    call_command("connect", "--location", ghl.location_id, "--token-stdin", stdout=io.StringIO())
    assert health_check.check(Connection.objects.get(provider="ghl")).has_passed


def test_revoke_wipes_what_it_cannot_read(connection, lost_key):
    out = io.StringIO()
    call_command("revoke", "--connection", str(connection.pk), "--json", stdout=out)

    assert json.loads(out.getvalue())["state"] == "revoked"
    assert stored() == [("", "", "revoked")]


def test_commands_that_need_the_sign_in_fail_with_one_sentence(connection, contact, lost_key):
    assert said("sync") == (1, f"{connection.workspace.name}: Needs reconnect. {UNREADABLE}")
    assert said("complete_task", "--task", "t1") == (1, UNREADABLE)
    # Of an OAuth connection both tokens.
    status, sentence = said("rotate_keys")
    assert (status, "cannot be read with any key" in sentence) == (1, True)


def test_commands_that_need_no_sign_in_do_their_work(contact, lost_key, tmp_path):
    call_command("work", "--until-idle", "--timeout", "30", stdout=io.StringIO())
    call_command("export", "--out", str(tmp_path / "out"), stdout=io.StringIO())

    assert len((tmp_path / "out").read_text().splitlines()) == 2


def test_doctor_names_the_connection_and_what_to_do(connection, lost_key):
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out, stderr=io.StringIO())

    line = next(line for line in out.getvalue().splitlines() if connection.workspace.name in line)
    assert line.startswith(f"FAIL connection {connection.workspace.name}: Needs reconnect. {UNREADABLE}")


def test_half_a_rotation_works_with_both_keys_and_says_so_with_one(ghl, settings):
    connect(ghl)
    both = settings.SECRETS_KEYS = [fresh_key(), *settings.SECRETS_KEYS]
    made = Connection.objects.select_related("ghl_location").get(provider="ghl")
    Location.objects.update(access_token=made.ghl_location.access_token)
    Location.objects.update(expires_at=timezone.now())

    for one in both:
        settings.SECRETS_KEYS = [one]
        assert health.connection_status(made).reason == UNREADABLE

    settings.SECRETS_KEYS = both
    assert health_check.check(made).has_passed
    assert ghl.counts()["rotations"] == 1


def test_a_key_that_goes_while_a_refresh_is_due_lets_go_of_the_lease_and_marks_nothing(ghl, settings):
    connection = connect(ghl)
    auth = tokens.StoredToken(Location, connection.ghl_location.pk)
    secret = auth.token()
    row = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert row.ghl_location.access_token == secret
    settings.SECRETS_KEYS = [fresh_key()]
    Location.objects.update(refreshing_until=timezone.now() + timedelta(seconds=20))

    with pytest.raises(SecretUnreadableError):
        tokens._refresh(row.ghl_location)
    assert Location.objects.get().refreshing_until is None

    with pytest.raises(Unreadable), using(connection.ghl_location):
        auth.refresh(secret)
    assert Connection.objects.get(provider="ghl").state == "connected"


@pytest.fixture
def lose_agency(settings):
    """Only the agency's tokens are under a key that nobody has."""

    def _lose():
        lost = Fernet(fresh_key()).encrypt(b"other").decode()
        with database.cursor() as cursor:
            cursor.execute("UPDATE ghl_agency SET access_token = %s, refresh_token = %s", [lost, lost])

    return _lose


def test_a_sub_account_that_an_agency_renews_needs_the_key_of_the_agency(ghl, lose_agency):
    ghl.admin("oauth", {"location_refresh_tokens": False})
    made = connect(ghl, company=True)
    lose_agency()

    assert health.connection_status(made).reason == UNREADABLE

    connect(ghl, company=True)

    assert Agency.objects.get().is_readable
    assert health.connection_status(made).is_usable


def test_a_sub_account_that_renews_itself_needs_no_key_of_its_agency(ghl, lose_agency):
    made = connect(ghl, company=True)
    lose_agency()

    assert health.connection_status(made).is_usable


def test_a_connection_that_ghl_refused_keeps_that_reason(connection, lost_key):
    Connection.objects.update(state="needs_reconnect", reason="GHL said no.")

    status = health.connection_status(Connection.objects.get(provider="ghl"))

    assert (status.reason, status.is_unreadable) == ("GHL said no.", False)
    assert jobs.start_due_runs(timezone.now()) == []


def test_connecting_through_an_agency_drops_the_refresh_token_of_the_sign_in_before(ghl):
    assert connect(ghl).ghl_location.refresh_token
    ghl.admin("oauth", {"location_refresh_tokens": False})

    connect(ghl, company=True)

    assert Location.objects.get().refresh_token == ""


def test_an_answer_without_a_refresh_token_replaces_one_that_cannot_be_read(ghl, settings):
    made = connect(ghl)
    answer = oauth.exchange(code_for(ghl, ghl.location_id), redirect_uri=CALLBACK)
    settings.SECRETS_KEYS = [fresh_key()]
    object.__setattr__(answer, "refresh_token", None)

    installs.settle(answer, actor=None)

    assert (Location.objects.get().refresh_token, made.ghl_location.refresh_token != "") == ("", True)
    assert Location.objects.get().is_readable


def test_a_parked_install_says_that_it_cannot_be_read_and_can_be_discarded(as_staff, browse, ghl, settings):
    browse().get(CALLBACK, {"code": code_for(ghl, ghl.location_id)})
    page = reverse("ghl:install", args=[ParkedInstall.objects.get().pk])
    settings.SECRETS_KEYS = [fresh_key()]

    assert page in as_staff.get("/connections/").text
    answer = as_staff.get(page)
    assert answer.status_code == 409
    assert "discard the install and install the app again" in answer.text

    as_staff.post(f"{page}discard/")
    assert not ParkedInstall.objects.exists()


def test_installing_again_replaces_a_parked_install_that_cannot_be_read(as_staff, browse, ghl, settings):
    browse().get(CALLBACK, {"code": code_for(ghl, ghl.location_id)})
    settings.SECRETS_KEYS = [fresh_key()]
    browse().get(CALLBACK, {"code": code_for(ghl, ghl.location_id)})

    page = reverse("ghl:install", args=[ParkedInstall.objects.get().pk])
    assert as_staff.get(page).status_code == 200
