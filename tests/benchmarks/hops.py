"""How many of our own files a click on a task's tick runs through, to GHL and back, in order of first visit.

The answer to the click draws the row, and a worker sends the requests: neither waits for the other. The way to a
request is therefore counted without what only draws that answer, and once more with it. The round trip holds all.
"""

import json

from tests.benchmarks.rows import NO_LIMIT, UNLIMITED, Row, installed

CONTACTS = 20
# Long enough for the look at the task that comes a second before the write.
WINDOW = 1.5


def rows():
    with installed("--contacts", str(CONTACTS), *NO_LIMIT, WRITE_UNDO_SECONDS=WINDOW, **UNLIMITED) as (_, house):
        house.connect("--write")
        house.sync()
        visits, on_the_way = json.loads(house.run("-m", "tests.benchmarks.trail").stdout.splitlines()[-1])
    for words, sent in (("first HTTP request", 0), ("request that writes", 1)):
        way = _until(on_the_way, sent)
        with_answer = f"{_until(visits, sent)} with the answer"
        yield Row(f"files from the view to the {words}", f"{way}", with_answer, must=_must(way, 20))
    yield Row(
        "files of the round trip, until it shows as confirmed", f"{len(visits)}", must=_must(len(visits), 25)
    )
    for number, (file, function, stage) in enumerate(visits, 1):
        yield Row(f"  {number:3} {file}", function, f"after {stage} requests")


def _until(visits, sent):
    return sum(stage <= sent for _, _, stage in visits)


def _must(files, most):
    return f"<= {most} {'OK' if files <= most else 'MISSED'}"
