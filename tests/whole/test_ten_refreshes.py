"""Ten processes find the same expired token, again and again: it is renewed once each time, nothing is lost."""

import random

import pytest

from tests.faults.questions import ends_well
from tests.ghl.conftest import CALLBACK, code_for
from tests.ghl.racers import race, racers
from tests.whole.test_worker_kills import TICK, shell

pytestmark = pytest.mark.xdist_group("whole")


@pytest.mark.parametrize("points", [5, pytest.param(50, marks=pytest.mark.soak)])
def test_ten_processes_that_refresh_at_once_renew_the_token_once(install, fresh, points):
    sandbox = fresh("--contacts", "30", "--per-contact", "2,2,1", "--rate-limit", "1000000/10/100000000")
    installation = install(sandbox, GHL_REDIRECT_URI=CALLBACK)
    code = code_for(sandbox, sandbox.location_id)
    connection = installation.command("connect", "--oauth-code", code, "--write", "--json")["connection"]
    installation.sync()
    shell(installation, TICK)
    with racers(installation.env, connection, 10) as processes:
        for point in range(points):
            # Slow enough, at some points, that every process is inside before the first has its answer.
            sandbox.admin("latency", {"range": str(random.Random(point).choice([0, 20, 200, 400]))})
            assert len(race(processes)) == 1
            assert sandbox.counts()["rotations"] == point + 1
    sandbox.admin("latency", {"range": "0"})
    installation.command("work", "--until-idle", "--timeout", "300", "--json")
    installation.sync("--full")

    assert sandbox.counts()["grace_answers"] == 0  # nor did anybody lean on GHL's patience
    ends_well(installation)
    assert sandbox.counts()["writes_by_record"]
