"""After a sync the cache equals the provider, whatever went wrong on the way."""

import pytest

from tests.whole.conftest import EVEN
from tests.whole.truth import differences

UNLIMITED = ("--rate-limit", "1000000/10/100000000")
pytestmark = pytest.mark.xdist_group("whole")


def synced(install, sandbox, **settings):
    installation = install(sandbox, **settings)
    installation.connect()
    answer = installation.sync()
    return installation, answer


def test_a_full_sync_leaves_the_cache_equal_and_needs_hardly_more_than_the_least(install, fresh):
    sandbox = fresh(*EVEN, *UNLIMITED)
    installation = install(sandbox)
    installation.connect()
    sandbox.admin("reset-counts")

    answer = installation.sync()

    counts = sandbox.counts()
    assert (answer["state"], answer["requests"]) == ("done", counts["requests"])
    assert counts["requests"] <= 1.03 * counts["least"]["requests"]
    assert differences(sandbox.state(), installation.export()) == []


def test_one_column_changed_by_hand_is_noticed(install, fresh):
    sandbox = fresh("--contacts", "20", *UNLIMITED)
    installation, _ = synced(install, sandbox)
    change = "from integrations.activity.models import Note; n = Note.objects.first(); n.body += '!'; n.save()"
    installation.command("shell", "-v0", "-c", change)

    [difference] = differences(sandbox.state(), installation.export())

    assert "body" in difference


def test_five_percent_faults_cost_nothing_but_attempts(install, fresh):
    # Few of 429: each stops everybody for the length of a window, as it must.
    faults = "429=0.002,500=0.01,502=0.01,reset=0.01,truncated=0.006,malformed=0.006,html=0.006"
    sandbox = fresh("--contacts", "600", "--per-contact", "2,2,1", *UNLIMITED, "--faults", faults)

    installation, answer = synced(install, sandbox)

    assert answer["state"] == "done"
    assert sum(sandbox.counts()["faults"].values()) > 20
    sandbox.admin("faults", {"spec": ""})
    assert differences(sandbox.state(), installation.export()) == []


def test_slow_and_silent_answers_cost_nothing_but_time(install, fresh):
    sandbox = fresh("--contacts", "200", *UNLIMITED, "--faults", "timeout=0.01,slow=0.02")
    sandbox.admin("timing", {"slow_seconds": 0.5, "hold_seconds": 3})

    installation, answer = synced(install, sandbox, GHL_TIMEOUT=1)

    assert answer["state"] == "done"
    assert differences(sandbox.state(), installation.export()) == []


def test_a_second_set_up_with_other_ids_order_and_generation_is_read_as_well(install, fresh):
    sandbox = fresh("--contacts", "600", "--variant", "B", "--seed", "7", *UNLIMITED)

    installation, answer = synced(install, sandbox, GHL_API_GENERATION="v3")

    assert answer["state"] == "done"
    assert differences(sandbox.state(), installation.export()) == []


def test_what_changed_behind_our_back_arrives_with_the_next_sync(install, fresh):
    sandbox = fresh("--contacts", "60", *UNLIMITED)
    installation, _ = synced(install, sandbox)
    state = sandbox.state()
    contact = next(row for row in state if row["kind"] == "contact")
    task = next(row for row in state if row["kind"] == "task" and not row["deleted"])
    gone = [row for row in state if row["kind"] == "contact"][-1]
    change = {"kind": "contact", "action": "update", "id": contact["id"], "fields": {"phone": "+15550109"}}
    sandbox.admin("mutate", change)
    change = {"kind": "task", "action": "delete", "id": task["id"], "contact_id": task["contactId"]}
    sandbox.admin("mutate", change)
    sandbox.admin("mutate", {"kind": "contact", "action": "delete", "id": gone["id"]})

    answer = installation.sync("--full")

    assert answer["streams"]["contacts"]["changed"] >= 1
    assert answer["streams"]["contacts"]["removed"] == 1
    assert differences(sandbox.state(), installation.export()) == []


def test_the_limit_is_kept_and_used(install, fresh):
    sandbox = fresh("--contacts", "120", "--per-contact", "1,1,1", "--rate-limit", "--latency", "150-400")

    installation, answer = synced(install, sandbox, GHL_BURST_LIMIT=100, GHL_DAILY_LIMIT=200_000)

    counts = sandbox.counts()
    assert (answer["state"], counts["rate_limited"]) == ("done", 0)
    assert differences(sandbox.state(), installation.export()) == []
