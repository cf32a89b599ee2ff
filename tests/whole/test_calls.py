"""What our own record of calls says is what the provider has counted."""

import json

import pytest

pytestmark = pytest.mark.xdist_group("whole account")
TOLD = """
import json
from collections import Counter
from integrations.sync.models import ApiCall, SyncRun
run = SyncRun.objects.get()
statuses = Counter(run.calls.values_list("status", flat=True))
print(json.dumps([run.requests, statuses, ApiCall.objects.filter(attempt__gt=1, run=run).count()]))
"""


def test_every_request_that_the_other_side_counted_is_in_the_runs_record(install, fresh):
    faults = "429=0.002,500=0.02,502=0.02,malformed=0.01"
    sandbox = fresh("--contacts", "300", "--rate-limit", "1000000/10/100000000", "--faults", faults)
    installation = install(sandbox)
    installation.connect()
    sandbox.admin("reset-counts")

    installation.sync()

    counts = sandbox.counts()
    told = installation.command("shell", "-v0", "-c", TOLD).stdout
    requests, statuses, repeated = json.loads(told.splitlines()[-1])
    assert counts["faults"]
    assert (requests, statuses) == (counts["requests"], counts["by_status"])
    assert repeated > 0
