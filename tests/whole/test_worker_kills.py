"""The worker is killed at requests that a seed chooses, while it reads an account and sends what people tick."""

import random
import time

import pytest

from tests.faults.questions import ends_well, rounds
from tests.whole.installation import wait_until

CONTACTS = 250
# Says who held the run when it was killed, then ticks: the next worker has something to send before it reads on.
TICK = """
from integrations.activity.models import Task; from integrations.sync import commands
from integrations.sync.models import Write
from integrations.sync.models import SyncRun
print(SyncRun.objects.last().lease_owner)
unticked = Task.objects.open().exclude(contact=None).exclude(pk__in=Write.objects.values("target_id"))
for task in list(unticked.order_by("pk")[:5]):
    commands.write("task.complete", task, actor=None, undo_seconds=0)
"""
RUN = "from integrations.sync.models import SyncRun; r = SyncRun.objects.last(); print(r.state, r.resumed)"
pytestmark = pytest.mark.xdist_group("whole")


def worker(installation):
    options = ("worker", "--pool", "solo", "--without-gossip", "--without-mingle", "-Q", "background,interactive")
    return installation.start("-m", "celery", "--quiet", "-A", "config.celery", *options)


def settled(sandbox):
    """How many requests were made, once those have arrived that the worker before had on their way."""
    before, now = -1, sandbox.counts()["requests"]
    while now != before:
        time.sleep(0.1)
        before, now = now, sandbox.counts()["requests"]
    return now


def kill_at(requests, sandbox, process):
    # At least one request of its own: a worker that has taken nothing yet cannot lose anything either.
    requests = max(requests, settled(sandbox) + 1)
    wait_until(lambda: sandbox.counts()["requests"] >= requests or process.poll() is not None, what="the request")
    process.kill()
    process.wait()


@rounds
def test_five_kills_of_the_worker_lose_and_double_nothing(install, fresh, seed):
    sandbox = fresh("--contacts", str(CONTACTS), "--per-contact", "2,2,1", "--rate-limit", "1000000/10/100000000")
    installation = install(sandbox)
    installation.connect("--write")
    installation.start("-m", "celery", "--quiet", "-A", "config.celery", "beat")

    holders = set()
    for requests in sorted(random.Random(seed).sample(range(5, CONTACTS), 5)):
        kill_at(requests, sandbox, worker(installation))
        holders.add(shell(installation, TICK))
    worker(installation)
    wait_until(lambda: "done" in shell(installation, RUN), what="the run's end")
    installation.command("work", "--until-idle", "--timeout", "300", "--json")

    ends_well(installation)
    assert sandbox.counts()["writes_by_record"]
    # Whoever was killed while sending a tick did not hold the run.
    assert shell(installation, RUN) == f"done {len(holders - {''})}"


def shell(installation, code):
    return installation.command("shell", "-v0", "-c", code).stdout.strip()
