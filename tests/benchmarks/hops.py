"""How many of our own files a click on a task's tick runs through, to GHL and back, in order of first visit."""

import json

from tests.benchmarks.rows import NO_LIMIT, UNLIMITED, Row, installed

CONTACTS = 20
# Long enough for the look at the task that comes a second before the write.
WINDOW = 1.5


def rows():
    with installed("--contacts", str(CONTACTS), *NO_LIMIT, WRITE_UNDO_SECONDS=WINDOW, **UNLIMITED) as (_, house):
        house.connect("--write")
        house.sync()
        visits = json.loads(house.run("-m", "tests.benchmarks.trail").stdout.splitlines()[-1])
    before = [stage for _, _, stage in visits]
    to_first, to_write = before.count(0), before.count(0) + before.count(1)
    yield Row("files from the view to the first HTTP request", f"{to_first}", must=_must(to_first, 20))
    yield Row("files from the view to the request that writes", f"{to_write}", must=_must(to_write, 20))
    yield Row(
        "files of the round trip, until it shows as confirmed", f"{len(visits)}", must=_must(len(visits), 25)
    )
    for number, (file, function, stage) in enumerate(visits, 1):
        yield Row(f"  {number:3} {file}", function, f"after {stage} requests")


def _must(files, most):
    return f"<= {most} {'OK' if files <= most else 'MISSED'}"
