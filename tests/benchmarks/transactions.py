"""How long a sync holds the embedded database, which has one writer at a time."""

from tests.benchmarks.rows import NO_LIMIT, UNLIMITED, Row, cost_of, installed

CONTACTS = 2_000


def rows():
    with installed("--contacts", str(CONTACTS), *NO_LIMIT, **UNLIMITED) as (_, installation):
        installation.env["DJANGO_SETTINGS_MODULE"] = "config.settings"
        held = cost_of("-m", "tests.benchmarks.timed_sync", env=installation.env).answer
    measured = f"{held['p50']:.0f} / {held['p99']:.0f} / {held['most']:.0f}"
    what = f"write transactions of two full syncs ({held['count']}): p50 / p99 / longest, ms"
    yield Row(what, measured, must="<= 50")
