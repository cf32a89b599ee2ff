"""A sweep of a large account on a machine that has no time for it never asks GHL for more than it allows."""

import json
import os
import subprocess
import sys

import pytest

from tests.benchmarks.rows import installed
from tests.whole.truth import differences

# Half of GHL's window at the same limit: as many windows in half of the time, and delays weigh twice as much.
LIMIT, SECONDS, LATENCY = "100/5", 5, "150-400"


@pytest.fixture
def _both_cores_busy():
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 2)]
    yield
    for hog in hogs:
        hog.kill()
        hog.wait()


@pytest.mark.soak  # it takes both cores away from every test beside it
@pytest.mark.parametrize("contacts", [300, pytest.param(10_000, marks=pytest.mark.timeout(5400))])
@pytest.mark.usefixtures("_both_cores_busy")
def test_no_request_of_a_sweep_on_a_busy_machine_is_refused(contacts):
    options = ("--contacts", str(contacts), "--rate-limit", LIMIT, "--latency", LATENCY)
    with installed(*options, GHL_BURST_SECONDS=SECONDS) as (sandbox, installation):
        installation.run("manage.py", "sync", "--json", timeout=5000)

        counts = sandbox.counts()
        print(json.dumps({name: counts[name] for name in ("requests", "seconds", "rate_limited")}))
        assert counts["requests"] > contacts
        assert counts["rate_limited"] == 0
        assert not differences(sandbox.state(), installation.export())
