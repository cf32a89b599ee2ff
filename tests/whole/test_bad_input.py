"""What the provider gets wrong is kept, named and survived; what it does not allow is worked round or said."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.whole.truth import differences

UNLIMITED = ("--rate-limit", "1000000/10/100000000")
pytestmark = pytest.mark.xdist_group("whole account")
CONTACTS_ONLY = ["contacts.readonly", "contacts.write", "locations.readonly"]


def connected(install, sandbox, **settings):
    installation = install(sandbox, **settings)
    installation.connect()
    return installation


def rows(installation, query):
    """Run a query in the installation and return its JSON."""
    code = f"import json; from integrations.sync.models import *; print(json.dumps(list({query}), default=str))"
    return json.loads(installation.command("shell", "-v0", "-c", code).stdout)


def is_repeated_hour(row):
    if row["kind"] != "appointment":
        return False
    local = [
        datetime.fromisoformat(row[key]).astimezone(ZoneInfo("America/New_York"))
        for key in ("startTime", "endTime")
    ]
    return any(moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset() for moment in local)


def test_without_the_scopes_for_listings_everything_is_read_contact_by_contact(install, fresh):
    # Appointments then come without a zone, in the location's own clock, on both sides of two clock changes.
    sandbox = fresh("--contacts", "80", *UNLIMITED)
    sandbox.admin("scopes", {"scopes": CONTACTS_ONLY})
    installation = connected(install, sandbox)

    answer = installation.sync()

    assert answer["streams"]["tasks"]["state"] == "done"
    assert answer["streams"]["users"]["state"] == "refused"
    assert answer["state"] == "partial"
    # An hour that the clocks repeat has two meanings, and this endpoint does not say which.
    state = [row for row in sandbox.state() if row["kind"] not in ("business", "message", "opportunity")]
    repeated = {row["id"] for row in state if is_repeated_hour(row)}
    assert differences(state, installation.export(), leaving_out=repeated) == []
    states = rows(installation, 'StreamCursor.objects.values_list("stream", "state")')
    assert ["tasks", "fallback"] in states
    assert ["appointments", "fallback"] in states


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("html", "could not be read"),
        pytest.param("malformed", "could not be read", marks=pytest.mark.soak),
        pytest.param("truncated", "could not be reached", marks=pytest.mark.soak),
    ],
)
def test_a_stream_without_usable_answers_fails_with_a_reason_and_the_others_go_on(install, fresh, answer, reason):
    sandbox = fresh("--contacts", "30", *UNLIMITED)
    installation = connected(install, sandbox)
    sandbox.admin("next", {"operation": "search_tasks", "answers": [answer], "times": 50})

    got = installation.sync()

    assert got["state"] == "partial"
    assert (got["streams"]["tasks"]["state"], got["streams"]["notes"]["state"]) == ("failed", "done")
    assert reason in got["streams"]["tasks"]["reason"]
    sandbox.admin("next", {"operation": "search_tasks", "answers": ["ok"], "times": 1})
    assert differences([row for row in sandbox.state() if row["kind"] != "task"], installation.export()) == []


def test_an_odd_field_costs_itself_and_only_a_meeting_without_a_start_is_a_failure(install, fresh):
    sandbox = fresh("--contacts", "30", *UNLIMITED)
    state = [row for row in sandbox.state() if not row.get("deleted")]
    bad = {kind: next(row for row in state if row["kind"] == kind) for kind in ("appointment", "task", "note")}
    sandbox.admin(
        "corrupt", {"kind": "appointment", "id": bad["appointment"]["id"], "overrides": {"startTime": None}}
    )
    sandbox.admin("corrupt", {"kind": "task", "id": bad["task"]["id"], "overrides": {"dueDate": "soon"}})
    sandbox.admin("corrupt", {"kind": "note", "id": bad["note"]["id"], "overrides": {"body": {"html": "?"}}})
    installation = connected(install, sandbox)

    answer = installation.sync()

    assert answer["state"] == "done"
    failures = dict(rows(installation, 'RecordFailure.objects.values_list("remote_id", "reason")'))
    assert failures.keys() == {bad["appointment"]["id"]}
    assert "no valid start time" in failures[bad["appointment"]["id"]]
    bad["task"]["dueDate"] = bad["note"]["body"] = None
    rest = [row for row in state if row["id"] not in failures]
    assert differences(rest, installation.export()) == []


def test_unknown_fields_and_values_are_kept(install, fresh):
    sandbox = fresh("--contacts", "30", *UNLIMITED)
    state = [row for row in sandbox.state() if not row.get("deleted")]
    contact, meeting = (next(row for row in state if row["kind"] == kind) for kind in ("contact", "appointment"))
    sandbox.admin("corrupt", {"kind": "contact", "id": contact["id"], "overrides": {"shoeSize": {"eu": 43}}})
    sandbox.admin(
        "corrupt", {"kind": "appointment", "id": meeting["id"], "overrides": {"appointmentStatus": "teleported"}}
    )
    installation = connected(install, sandbox)

    assert installation.sync()["state"] == "done"

    code = (
        "from integrations.activity.models import *;"
        f"print(Contact.objects.get(remote_id='{contact['id']}').extra,"
        f" Appointment.objects.get(remote_id='{meeting['id']}').status)"
    )
    said = installation.command("shell", "-v0", "-c", code).stdout
    assert "shoeSize" in said
    assert "teleported" in said


def test_a_revoked_connection_makes_no_call_and_keeps_its_cache(install, fresh):
    sandbox = fresh("--contacts", "10", *UNLIMITED)
    installation = connected(install, sandbox)
    installation.sync()
    installation.command("revoke", "--connection", sandbox.location_id, "--json")
    sandbox.admin("reset-counts")

    said = installation.sync(status=1)

    assert "error" in said
    assert sandbox.counts()["requests"] == 0
    assert differences(sandbox.state(), installation.export()) == []


def test_connecting_again_renews_the_credentials_and_keeps_the_cache(install, fresh):
    sandbox = fresh("--contacts", "10", *UNLIMITED)
    installation = connected(install, sandbox)
    installation.sync()
    first = installation.export().read_text()

    again = installation.connect("--write")

    assert again["state"] == "connected"
    assert installation.export().read_text() == first
    assert installation.sync()["streams"]["contacts"]["added"] == 0


def test_a_private_token_that_is_revoked_asks_for_a_person(install, fresh):
    sandbox = fresh("--contacts", "10", *UNLIMITED)
    installation = connected(install, sandbox)
    sandbox.admin("revoke-pit", {"pit": sandbox.pit})

    said = installation.sync(status=1)

    assert "Reconnect" in said["error"]
    sandbox.admin("reset-counts")
    installation.sync(status=1)
    assert sandbox.counts()["requests"] == 0
