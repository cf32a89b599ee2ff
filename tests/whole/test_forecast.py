"""A run says what it will cost before it begins in earnest, and then costs that."""

import json

import pytest

pytestmark = pytest.mark.xdist_group("whole account")
# What the run said when its first step was done, and what it said and cost in the end.
RUN = """
import json
from integrations.sync import jobs
from integrations.sync.models import SyncRun
from integrations.connections.models import Connection
run, _ = jobs.start_run(Connection.objects.get(), trigger="manual", kind="{kind}")
said = [run.forecast]
look = lambda: said.append(SyncRun.objects.get(pk=run.pk).forecast)
while not jobs.advance_run(run.pk, seconds=600, after_step=look):
    pass
run.refresh_from_db()
print(json.dumps([said[0], said[1], run.forecast, run.requests]))
"""


def carried_out(installation, kind="full"):
    done = installation.command("shell", "-v0", "-c", RUN.format(kind=kind))
    return json.loads(done.stdout.splitlines()[-1])


def is_close(forecast, requests):
    return abs(forecast - requests) <= 0.05 * requests


def test_the_forecast_is_within_five_percent_of_the_requests_then_made(install, fresh):
    sandbox = fresh("--contacts", "300", "--rate-limit", "1000000/10/100000000")
    installation = install(sandbox)
    installation.connect()

    before, at_first_step, at_the_end, requests = carried_out(installation)

    assert before is None  # nothing is known of a new account before it is asked
    assert requests > 300
    assert is_close(at_first_step, requests), (at_first_step, requests)
    assert is_close(at_the_end, requests), (at_the_end, requests)

    before, at_first_step, at_the_end, requests = carried_out(installation)

    assert is_close(before, requests), (before, requests)
    assert is_close(at_first_step, requests), (at_first_step, requests)
    assert is_close(at_the_end, requests), (at_the_end, requests)

    before, at_first_step, at_the_end, requests = carried_out(installation, "incremental")

    # So few that one request is more than five percent.
    assert max(abs(said - requests) for said in (before, at_first_step, at_the_end)) <= 2
