"""100 per 10 s and 150 to 400 ms of latency: how much of the rate is used, and whether it is ever exceeded."""

from tests.benchmarks.rows import Row, installed
from tests.whole.truth import differences

CONTACTS = 1_000


def rows():
    with installed("--contacts", str(CONTACTS), "--rate-limit", "--latency", "150-400") as (sandbox, installation):
        answer = installation.sync()
        counts = sandbox.counts()
        rate = counts["requests"] / answer["seconds"]
        yield Row(f"requests/s at 100 per 10 s, {CONTACTS:,} contacts", f"{rate:.2f}", "10.00 allowed", ">= 9.7")
        yield Row("answers of 429", f"{counts['rate_limited']}", must="0")
        lost = differences(sandbox.state(), installation.export())
        yield Row("differences from the truth", f"{len(lost)}", must="0")
