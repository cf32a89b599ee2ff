"""What the engine has done so far: a run each five minutes for ninety days, a week of calls, confirmed writes."""

from integrations.sync.models import ApiCall, RunStream, SyncRun, Write
from tests.benchmarks.account.clone import FIRST_ID, clone, moment, numbers, patterns, table
from tests.benchmarks.account.plan import FIRST_DONE, LARGE, MEDIUM

MODELS = (SyncRun, RunStream, ApiCall, Write)
RUNS, EVERY = 90 * 288, 300
CALLS, CALL_EVERY = 200_000, 3
WRITES, WRITE_EVERY = 10_000, 777


def statements(now):
    run = SyncRun.objects.filter(kind=SyncRun.Kind.INCREMENTAL).latest("pk").pk
    write = Write.objects.latest("pk").pk
    yield f"CREATE TEMPORARY TABLE past_run AS {numbers(RUNS)} SELECT n, n + {FIRST_ID} AS id FROM number"
    began = f"{now} - ({RUNS} - r.n) * {EVERY}"
    changed, added = (
        "CASE WHEN r.n % 3 = 0 THEN r.n % 17 ELSE 0 END",
        "CASE WHEN r.n % 5 = 0 THEN r.n % 7 ELSE 0 END",
    )
    streams = RunStream.objects.filter(run=run).count()
    yield clone(
        SyncRun,
        f"past_run AS r JOIN {table(SyncRun)} AS p ON p.id = {run}",
        id="r.id",
        trigger="'schedule'",
        changes=f"({changed} + {added}) * {streams}",
        created_at=moment(began),
        started_at=moment(f"{began} + 1"),
        ended_at=moment(f"{began} + 21"),
    )
    yield clone(
        RunStream,
        f"past_run AS r JOIN {table(RunStream)} AS p ON p.run_id = {run}",
        run_id="r.id",
        changed=changed,
        added=added,
    )
    yield from patterns("call_pattern", ApiCall.objects.filter(run=run))
    calls = ApiCall.objects.filter(run=run).count()
    yield clone(
        ApiCall,
        f"({numbers(CALLS)} SELECT n FROM number) AS c JOIN call_pattern AS k ON k.place = c.n % {calls}"
        f" JOIN {table(ApiCall)} AS p ON p.id = k.id",
        run_id=f"{FIRST_ID + RUNS - 1} - ({CALLS} - 1 - c.n) * {CALL_EVERY} / {EVERY}",
        at=moment(f"{now} - ({CALLS} - c.n) * {CALL_EVERY}"),
    )
    # One task of twenty items each, beyond those of the two large contacts.
    asked = f"{now} - ({WRITES} - w.n) * {WRITE_EVERY}"
    yield clone(
        Write,
        f"({numbers(WRITES)} SELECT n FROM number) AS w JOIN {table(Write)} AS p ON p.id = {write}",
        target_id=f"w.n * 20 + {FIRST_ID + LARGE + MEDIUM + FIRST_DONE}",
        created_at=moment(asked),
        not_before=moment(f"{asked} + 5"),
        sent_at=moment(f"{asked} + 5"),
        settled_at=moment(f"{asked} + 6"),
    )
