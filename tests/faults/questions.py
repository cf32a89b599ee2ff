"""The three questions after every fault: is the cache equal, was nothing written twice, do the runs tell why?

`python -m tests.faults.questions` in an installation's environment prints what its own rows answer, as JSON.
"""

import json

import django
import pytest

from tests.whole.truth import differences


def _seeds(number):
    rest = (pytest.param(seed, marks=pytest.mark.soak) for seed in range(number, 50))
    return pytest.mark.parametrize("seed", [*range(number), *rest])


points = _seeds(5)
# For tests that go through five points or more by themselves: so many kills, so many events.
rounds = _seeds(1)


def ends_well(installation):
    """Asks an installation of processes; `Account` has the same three for one in this process."""
    told = json.loads(installation.run("-m", "tests.faults.questions").stdout)
    assert differences(installation.sandbox.state(), installation.export()) == []
    assert doubled(installation.sandbox, told["writes"]) == []
    assert told["untold"] == []


def doubled(sandbox, writes):
    """Records that were written more than once, and wishes whose state is not the truth."""
    counts = sandbox.counts()["writes_by_record"]
    completed = {row["id"] for row in sandbox.state(kinds="task") if row["completed"] and not row["deleted"]}
    found = [f"{name} was written {count} times" for name, count in counts.items() if count > 1]
    return found + [
        f"{remote_id} is {state}: {reason}"
        for remote_id, state, reason in writes
        if (state == "confirmed") != (remote_id in completed)
    ]


def writes():
    """What people wished of tasks and what became of it: (id over there, state, reason)."""
    from integrations.sync.models import Write

    return list(Write.objects.values_list("remote_id", "state", "reason"))


def untold():
    """Runs whose record leaves out a call that they made, or an end that was none without saying why."""
    from django.db.models import Count

    from integrations.sync.models import SyncRun

    runs = list(SyncRun.objects.annotate(told=Count("calls")))
    silent = [f"{run}: {run.told} of {run.requests} calls" for run in runs if run.told != run.requests]
    return silent + [f"{run} is {run.state}" for run in runs if run.state != run.State.DONE and not run.reason]


if __name__ == "__main__":
    django.setup()
    print(json.dumps({"writes": writes(), "untold": untold()}))
