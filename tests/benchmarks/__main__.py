"""Measures syncs against the sandbox and prints each figure beside its floor: `make bench`."""

import resource
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.process import running
from tests.whole.installation import Installation
from tests.whole.truth import differences

EVEN = ("--per-contact", "2,2,1")
NO_LIMIT = "1000000/10/100000000"
UNLIMITED = {"GHL_BURST_LIMIT": 1_000_000, "GHL_DAILY_LIMIT": 100_000_000}


@dataclass(frozen=True)
class Row:
    what: str
    measured: str
    floor: str


@contextmanager
def installed(*options, **settings):
    with running(*EVEN, *options) as sandbox, tempfile.TemporaryDirectory() as folder:
        installation = Installation(folder, sandbox, **settings)
        installation.migrate()
        installation.connect()
        sandbox.admin("reset-counts")
        yield sandbox, installation


def full_sync(contacts):
    """No limit: what the work itself costs."""
    with installed("--contacts", str(contacts), "--rate-limit", NO_LIMIT, **UNLIMITED) as (sandbox, installation):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        answer = installation.sync()
        wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        counts = sandbox.counts()
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        least = counts["least"]["requests"]
        yield Row(
            f"requests, full sync, {contacts} contacts", f"{counts['requests']}", f"{least} (x 1.03 allowed)"
        )
        yield Row(f"contacts/s, no limit, {contacts} contacts", f"{contacts / answer['seconds']:.0f}", "-")
        yield Row("CPU s per 1,000 contacts", f"{1000 * cpu / contacts:.1f} ({wall:.0f} s in all)", "-")
        yield Row("peak memory, MB", f"{after.ru_maxrss / 1024:.0f}", "-")
        yield Row("differences from the truth", f"{len(differences(sandbox.state(), installation.export()))}", "0")
        sandbox.admin("reset-counts")
        installation.sync()
        yield Row(f"requests, nothing changed, {contacts} contacts", f"{sandbox.counts()['requests']}", f"{least}")


def at_the_limit(contacts):
    """100 per 10 s and 150 to 400 ms: how much of the rate is used, and whether it is ever exceeded."""
    with installed("--contacts", str(contacts), "--rate-limit", "--latency", "150-400") as (sandbox, installation):
        answer = installation.sync()
        counts = sandbox.counts()
        rate = counts["requests"] / answer["seconds"]
        yield Row(f"requests/s at 100 per 10 s, {contacts} contacts", f"{rate:.2f}", "10.00 (95% wanted)")
        yield Row("answers of 429", f"{counts['rate_limited']}", "0")
        yield Row("differences from the truth", f"{len(differences(sandbox.state(), installation.export()))}", "0")


def main():
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(f"{'what':52}{'measured':>24}   floor or aim")
    for bench in (full_sync, at_the_limit):
        for row in bench(contacts):
            print(f"{row.what:52}{row.measured:>24}   {row.floor}", flush=True)


if __name__ == "__main__":
    assert Path("manage.py").exists(), "Run it from the project's folder: make bench"
    main()
