"""Peak memory of a full sync by size: it must not grow with the account."""

from tests.benchmarks.rows import NO_LIMIT, UNLIMITED, Row, cost_of, installed

SIZES = (1_000, 20_000)


def rows():
    for contacts in SIZES:
        with installed("--contacts", str(contacts), *NO_LIMIT, **UNLIMITED) as (_, installation):
            ours = cost_of("manage.py", "sync", "--json", env=installation.env)
        yield Row(f"peak memory, MB, {contacts:,} contacts", f"{ours.peak:.0f}", must="<= 150")
