"""connect and revoke on the command line: JSON on stdout, one sentence on failure, exit status 1 or 2."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.ghl.models import Location
from integrations.ghl.streams import STREAMS
from integrations.sync.models import StreamCursor, SyncSchedule
from integrations.workspace.models import Workspace
from tests.ghl.conftest import CALLBACK, code_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def pipe(monkeypatch):
    """What is piped into the next command."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def run(*arguments):
    """The JSON of a command that succeeds."""
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue().splitlines()[-1])


def fail(*arguments):
    """(exit status, sentence, JSON or None) of a command that does not."""
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(*arguments, "--json", stdout=out, stderr=io.StringIO())
    printed = out.getvalue().splitlines()
    return caught.value.returncode, str(caught.value), json.loads(printed[-1]) if printed else None


def test_a_private_token_connects(ghl, pipe, places):
    pipe(f"{ghl.pit}\n")

    answer = run("connect", "--location", ghl.location_id, "--token-stdin")

    made = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert answer == {
        "connection": str(made.pk),
        "name": places[0]["name"],
        "state": "connected",
        "capabilities": {stream.key: "unknown" for stream in STREAMS},
    }
    assert made.may_write is False


def test_a_location_pasted_as_an_address_is_taken_out_and_said(ghl, pipe, capsys):
    pipe(ghl.pit)
    address = f" https://app.gohighlevel.com/v2/location/{ghl.location_id}/dashboard "
    said = io.StringIO()

    call_command("connect", "--location", address, "--token-stdin", "--json", stdout=io.StringIO(), stderr=said)

    assert Connection.objects.get(provider="ghl").external_id == ghl.location_id
    assert f"The location ID {ghl.location_id} was taken from the address" in said.getvalue()


def test_a_location_that_is_none_is_wrong_use(ghl, pipe):
    pipe(ghl.pit)

    status, sentence, _ = fail("connect", "--location", "https://app.gohighlevel.com/", "--token-stdin")

    assert (status, "names no sub-account" in sentence) == (2, True)
    assert ghl.counts()["requests"] == 0


def test_writing_is_allowed_only_on_request(ghl, pipe):
    pipe(ghl.pit)

    run("connect", "--location", ghl.location_id, "--token-stdin", "--write")

    assert Connection.objects.get(provider="ghl").may_write is True


def test_connecting_again_renews_and_keeps_the_workspace(ghl, pipe):
    pipe(ghl.pit)
    first = run("connect", "--location", ghl.location_id, "--token-stdin")
    pipe(ghl.admin("pit", {"location_id": ghl.location_id})["pit"])

    assert run("connect", "--location", ghl.location_id, "--token-stdin")["connection"] == first["connection"]
    assert Workspace.objects.count() == 1


def test_a_token_that_does_not_work_fails_with_its_reason_and_without_itself(ghl, pipe):
    pipe("pit-made-up-token")

    status, sentence, answer = fail("connect", "--location", ghl.location_id, "--token-stdin")

    assert (status, answer) == (1, {"error": sentence})
    assert "rejected this token" in sentence
    assert "made-up" not in sentence
    assert not Connection.objects.filter(provider="ghl").exists()


@pytest.mark.parametrize(
    ("stdin", "arguments"),
    [
        ("", []),
        ("pit-x", ["--token-stdin"]),
        ("", ["--token-stdin", "--location", "abc"]),
        ("pit-x", ["--token-stdin", "--location", "abc", "--oauth-code", "c"]),
    ],
)
def test_wrong_use_ends_with_status_2(pipe, stdin, arguments):
    pipe(stdin)

    assert fail("connect", *arguments)[0] == 2


def test_a_code_connects_as_the_callback_does(ghl, settings):
    settings.GHL_REDIRECT_URI = CALLBACK

    answer = run("connect", "--oauth-code", code_for(ghl, ghl.location_id))

    assert (answer["state"], Location.objects.get().kind) == ("connected", "oauth")


def test_a_void_code_fails_with_the_reason(ghl):
    status, sentence, _ = fail("connect", "--oauth-code", "made-up-code")

    assert status == 1
    assert sentence.startswith("GoHighLevel rejected this code.")


def test_a_code_for_an_agency_connects_its_one_sub_account(ghl, settings):
    settings.GHL_REDIRECT_URI = CALLBACK

    run("connect", "--oauth-code", code_for(ghl, ghl.location_id, company=True))

    assert Location.objects.get().agency is not None


def test_a_code_for_several_sub_accounts_lists_them_unless_one_is_named(ghl, settings, places):
    settings.GHL_REDIRECT_URI = CALLBACK
    both = [place["id"] for place in places]

    status, _, answer = fail("connect", "--oauth-code", code_for(ghl, *both, company=True))
    assert status == 1
    assert sorted(place["location"] for place in answer["locations"]) == sorted(both)

    run("connect", "--oauth-code", code_for(ghl, *both, company=True), "--location", both[1])
    assert Connection.objects.get(provider="ghl").external_id == both[1]


def test_a_code_for_another_sub_account_than_named_is_refused(ghl, settings, places):
    settings.GHL_REDIRECT_URI = CALLBACK

    status, sentence, _ = fail(
        "connect", "--oauth-code", code_for(ghl, places[0]["id"]), "--location", places[1]["id"]
    )

    assert status == 1
    assert places[0]["name"] in sentence
    assert not Connection.objects.filter(provider="ghl").exists()


def test_revoking_wipes_the_tokens_and_later_calls_are_not_made(ghl, pipe):
    pipe(ghl.pit)
    connection = run("connect", "--location", ghl.location_id, "--token-stdin")["connection"]

    answer = run("revoke", "--connection", connection)

    assert (answer["connection"], answer["state"], answer["purged"]) == (connection, "revoked", False)
    assert Location.objects.get().access_token == ""
    ghl.admin("reset-counts")
    assert fail("sync", "--connection", connection)[0] == 1
    assert ghl.counts()["requests"] == 0


def test_revoking_an_oauth_connection_tells_ghl_when_it_may(ghl, settings):
    settings.GHL_REDIRECT_URI = CALLBACK
    connection = run("connect", "--oauth-code", code_for(ghl, ghl.location_id))["connection"]

    assert run("revoke", "--connection", connection)["answer"] == "GHL confirmed that the app was removed."
    assert ghl.counts()["by_operation"]["uninstall"] == 1


def test_revoking_an_oauth_connection_wipes_its_tokens_also_where_the_app_is_not_set_any_more(ghl, settings):
    settings.GHL_REDIRECT_URI = CALLBACK
    connection = run("connect", "--oauth-code", code_for(ghl, ghl.location_id))["connection"]
    settings.GHL_CLIENT_ID = settings.GHL_CLIENT_SECRET = settings.GHL_VERSION_ID = ""

    answer = run("revoke", "--connection", connection)

    assert answer["state"] == "revoked"
    assert answer["answer"].startswith("GHL was not told. Also uninstall the app in GoHighLevel")
    held = Location.objects.get()
    assert (held.access_token, held.refresh_token) == ("", "")


@pytest.mark.parametrize("name", ["7", "none", "99999999999999999999999"])
def test_revoking_what_is_not_there_fails(name, db):
    assert fail("revoke", "--connection", name)[:2] == (
        1,
        f"Connection {name} does not exist. Known connections: none.",
    )


def test_connecting_again_tries_what_was_refused_and_reads_all_of_it(ghl, pipe):
    pipe(ghl.pit)
    run("connect", "--location", ghl.location_id, "--token-stdin")
    connection = Connection.objects.get(provider="ghl")
    SyncSchedule.objects.update(last_full_at=timezone.now(), next_at=None)
    for stream, state in (("notes", "refused"), ("tasks", "allowed")):
        StreamCursor.objects.create(connection=connection, stream=stream, state=state, reason="No scope.")
    pipe(ghl.pit)

    run("connect", "--location", ghl.location_id, "--token-stdin")

    cursors = dict(StreamCursor.objects.values_list("stream", "state"))
    assert cursors == {"notes": "unknown", "tasks": "allowed"}
    schedule = SyncSchedule.objects.get()
    assert schedule.last_full_at is None
    assert schedule.next_at is not None
