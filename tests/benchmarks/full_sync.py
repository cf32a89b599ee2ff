"""Without a limit: what a full sync and one that finds nothing changed cost by themselves."""

from tests.benchmarks.rows import NO_LIMIT, UNLIMITED, Row, cost_of, installed
from tests.whole.truth import differences

CONTACTS = 5_000


def rows():
    with installed("--contacts", str(CONTACTS), *NO_LIMIT, **UNLIMITED) as (sandbox, installation):
        ours = cost_of("manage.py", "sync", "--json", env=installation.env)
        counts = sandbox.counts()
        requests, least = counts["requests"], counts["least"]["requests"]
        size = f"{CONTACTS:,} contacts"
        yield Row(f"requests, full sync, {size}", f"{requests:,}", f"least {least:,}", f"<= {1.02 * least:,.0f}")
        yield Row(f"contacts/s, no limit, {size}", f"{CONTACTS / ours.seconds:.0f}")
        yield Row("CPU s per 1,000 contacts", f"{1000 * ours.cpu / CONTACTS:.2f}")
        yield Row("peak memory, MB", f"{ours.peak:.0f}", must="<= 150")
        lost = differences(sandbox.state(), installation.export())
        yield Row("differences from the truth", f"{len(lost)}", must="0")
