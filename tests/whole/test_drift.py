"""Against the sandbox: merged contacts, an index that lags, a delta without changes, a scope that comes back."""

import json

import pytest

from tests.whole.truth import differences

UNLIMITED = ("--rate-limit", "1000000/10/100000000")
EVEN = ("--per-contact", "2,2,1")
pytestmark = pytest.mark.xdist_group("whole account")
MERGED = (
    "import json; from integrations.activity.models import Contact; "
    "gone = Contact.objects.exclude(deleted_at=None); "
    "print(json.dumps(list(gone.values_list('remote_id', 'merged_into__remote_id'))))"
)
STATE = (
    "import json; from integrations.sync.models import StreamCursor as C; "
    "print(json.dumps(C.objects.get(stream='businesses').state))"
)


def synced(install, sandbox, **settings):
    installation = install(sandbox, **settings)
    installation.connect()
    installation.sync()
    return installation


def asked(installation, question):
    return json.loads(installation.command("shell", "-v0", "-c", question).stdout.splitlines()[-1])


def contacts(sandbox, count):
    return [row["id"] for row in sandbox.state(kinds="contact")][:count]


@pytest.mark.parametrize("options", [(), ("--full",)])
def test_merged_contacts_are_recognised_by_any_run(install, fresh, options):
    sandbox = fresh("--contacts", "20", *EVEN, *UNLIMITED)
    installation = synced(install, sandbox)
    gone, survivor, other, into = contacts(sandbox, 4)
    assert sandbox.admin("merge", {"contact_id": gone, "into": survivor})["moved"] == 5
    sandbox.admin("merge", {"contact_id": other, "into": into})

    answer = installation.sync(*options)
    installation.command("work", "--until-idle", "--timeout", "30", "--json")

    assert answer["state"] == "done"
    assert sorted(asked(installation, MERGED)) == sorted([[gone, survivor], [other, into]])
    assert differences(sandbox.state(), installation.export()) == []


def test_an_index_that_lags_hides_nothing_for_good_and_revives_nothing(install, fresh):
    sandbox = fresh("--contacts", "20", *EVEN, *UNLIMITED)
    installation = synced(install, sandbox)
    late, prompt, gone = contacts(sandbox, 3)
    change = {"kind": "contact", "action": "update"}
    # The older change is shown only after the newer one was read; and one that is gone is still shown.
    sandbox.admin("mutate", {**change, "id": late, "fields": {"email": "late@example.com"}})
    sandbox.admin("search-index", {"contact_id": late, "listed": False})
    sandbox.admin("mutate", {**change, "id": prompt, "fields": {"email": "prompt@example.com"}})
    sandbox.admin("mutate", {"kind": "contact", "action": "delete", "id": gone})
    sandbox.admin("search-index", {"contact_id": gone, "listed": True})
    installation.sync()
    assert differences(sandbox.state(), installation.export(), leaving_out={late}) == []
    assert differences(sandbox.state(), installation.export()) != []

    sandbox.admin("search-index", {"contact_id": late, "listed": None})
    installation.sync()
    sandbox.admin("search-index", {"contact_id": gone, "listed": None})
    installation.sync("--full")

    assert differences(sandbox.state(), installation.export()) == []


def test_a_full_run_under_a_lagging_index_removes_nothing_that_exists(install, fresh):
    sandbox = fresh("--contacts", "20", *EVEN, *UNLIMITED)
    installation = synced(install, sandbox)
    [hidden] = contacts(sandbox, 1)
    sandbox.admin("search-index", {"contact_id": hidden, "listed": False})

    installation.sync("--full")

    assert differences(sandbox.state(), installation.export()) == []


def test_a_delta_without_changes_costs_hardly_a_request(install, fresh):
    sandbox = fresh("--contacts", "1500", *EVEN, *UNLIMITED)
    installation = synced(install, sandbox, SYNC_NOTES_CYCLE_HOURS=24_000, SYNC_NOTES_ACTIVE_MINUTES=1_440_000)
    sandbox.admin("reset-counts")

    answer = installation.sync()

    assert answer["requests"] == sandbox.counts()["requests"]
    assert answer["requests"] <= 30
    streams = ("contacts", "tasks", "appointments", "notes", "businesses")
    changes = [answer["streams"][name][what] for name in streams for what in ("added", "changed", "removed")]
    assert set(changes) == {0}


def test_a_scope_that_is_granted_again_is_used_after_a_reconnect(install, fresh):
    sandbox = fresh("--contacts", "10", *EVEN, *UNLIMITED)
    scopes = sandbox.info()["scopes"]
    sandbox.admin("scopes", {"scopes": [scope for scope in scopes if scope != "businesses.readonly"]})
    installation = synced(install, sandbox)
    assert asked(installation, STATE) == "refused"
    sandbox.admin("scopes", {"scopes": scopes})

    installation.connect()
    assert asked(installation, STATE) == "unknown"
    installation.sync()

    assert asked(installation, STATE) == "allowed"
    assert differences(sandbox.state(), installation.export()) == []
