"""What each page of a large account takes beside a floor view behind the same middleware, on both databases.

100,000 contacts, 3,000,000 activities, one request at a time; the floor is asked before each page of each round.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import quote

from tests.benchmarks.account.kept import kept
from tests.benchmarks.first_visit import first_visit
from tests.benchmarks.rows import Row
from tests.benchmarks.served import Answer, Reader, served
from tests.postgres import SERVER

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
ROUNDS, WARM_UP = 25, 3
DEEP = 300  # pages of fifty
HTML, VISIT, REQUESTS = 30, 150, 12  # kB, kB and how many
ENCODINGS = ("zstd", "br", "gzip")
Ask = Callable[[int], Answer]


@dataclass(frozen=True)
class Page:
    """`ask` is given the number of the round; `must` is how many times the floor it may take."""

    name: str
    must: float
    ask: Ask
    status: int = 200


def rows(databases: list[str]) -> Iterator[Row]:
    """The table of each database, pages first."""
    for database in databases:
        name = DATABASES[database]
        if database == "postgresql" and not SERVER:
            yield Row(f"{name}: pages", "not measured", "DATABASE_URL names no server")
            continue
        account = kept(database)
        with served(account) as reader:
            floor = f"/floor/{account.facts['large']}/"
            yield from _timed(name, reader, floor, list(pages(reader, account.facts)))
            yield from _weighed(name, reader, f"/contacts/{account.facts['large']}/")


def pages(reader: Reader, facts: dict[str, Any]) -> Iterator[Page]:
    """Whole pages as a visit asks for them, parts as htmx does."""
    small, large, talker = (f"/contacts/{facts[who]}/" for who in ("small", "large", "talker"))

    def whole(path: str) -> Ask:
        return lambda _: reader.get(path)

    def part(path: str) -> Ask:
        return lambda _: reader.get(path, HX_Request="true")

    def found(words: str) -> Ask:
        return part(f"/contacts/?q={quote(words)}")

    first, deep = older(reader, large)
    yield Page("contact, 30 items", 2.0, whole(small))
    yield Page("contact, 30,000 items", 2.5, whole(large))
    yield Page("its filter by kind", 1.5, part(f"{large}?kind=note"))
    yield Page("its text search", 3.0, part(f"{large}?q=roof"))
    yield Page("older page, the first", 1.5, part(first))
    yield Page(f"older page, {DEEP * 50:,} items down", 1.5, part(deep))
    yield Page("contact, 5,000 messages", 2.5, whole(talker))
    yield Page("its filter by kind, messages", 1.5, part(f"{talker}?kind=message"))
    yield Page("its older page, the first", 1.5, part(talker + _link(reader.get(talker, "identity"))))
    yield Page("contacts, 50 of 100,000, with count", 2.5, whole("/contacts/"))
    yield Page("list search, rare word", 2.0, found(facts["rare"]))
    yield Page("list search, two words", 2.5, found(facts["two_words"]))
    yield Page("list search, word of thousands", 3.0, found(facts["common"]))
    yield Page("sync log", 2.0, whole("/sync/"))
    yield Page("connections", 2.0, whole("/connections/"))
    yield Page("tick, POST to fragment", 1.2, ticks(reader, facts["ticks"]))
    yield Page("note written, POST to fragment", 1.3, notes(reader, f"/contacts/{facts['ticks'][0][0]}/"))
    yield Page("poll, nothing changed", 0.5, polls(reader, small), status=204)


def older(reader: Reader, contact: str) -> tuple[str, str]:
    """Addresses of the first older page and of one far down, found as a reader finds them: link by link."""
    first = here = contact + _link(reader.get(contact, "identity"))
    for _ in range(DEEP - 1):
        here = contact + _link(reader.get(here, "identity", HX_Request="true"))
    return first, here


def _link(page: Answer) -> str:
    cursor = re.search(rb"[?;&]cursor=([\w=-]+)", page.body)
    assert cursor, "The page leads to no older one."
    return f"?cursor={cursor[1].decode()}"


def ticks(reader: Reader, tasks: list[list[int]]) -> Ask:
    """Another task each round; once it is ticked, the tick is taken back."""

    def tick(number: int) -> Answer:
        contact, task = tasks[number % len(tasks)]
        place = f"/contacts/{contact}/tasks/{task}"
        answer = reader.post(f"{place}/complete/")
        undone = reader.post(f"{place}/undo/", "identity")
        assert b"Nothing was sent" in undone.body, f"The tick of {place} was not stored."
        return answer

    return tick


def notes(reader: Reader, contact: str) -> Ask:
    """Another note each round; once it is written, it is taken back."""

    def note(number: int) -> Answer:
        token = f"{time.time_ns():x}{number}"
        answer = reader.post(f"{contact}notes/add/", "identity", body="Spoke about the roof", form=token)
        made = re.search(r'id="write-(\d+)"', answer.body.decode())
        assert made, f"The note of round {number} was not stored."
        reader.post(f"/changes/{made[1]}/undo/", "identity")
        return answer

    return note


def polls(reader: Reader, contact: str) -> Ask:
    """What an open page asks every second."""
    version = re.search(r'data-version="(\w+)"', reader.get(contact, "identity").body.decode())[1]
    return lambda _: reader.get(f"{contact}live/", X_Seen=version, X_Shown="30")


def _timed(database: str, reader: Reader, floor_path: str, measured: list[Page]) -> Iterator[Row]:
    floors: list[float] = []
    took: dict[str, list[float]] = {page.name: [] for page in measured}
    for number in range(WARM_UP + ROUNDS):
        for page in measured:
            floor, answer = reader.get(floor_path), page.ask(number)
            assert (floor.status, answer.status) == (200, page.status), f"{page.name}: {answer.status}"
            if number >= WARM_UP:
                floors.append(1000 * floor.seconds)
                took[page.name].append(1000 * answer.seconds)
    floor_ms = median(floors)
    for page in measured:
        ms = median(took[page.name])
        must = f"<= x {page.must} {_said(ms <= page.must * floor_ms)}"
        yield Row(
            f"{database}: {page.name}", f"{ms:.1f} ms = x {ms / floor_ms:.2f}", f"floor {floor_ms:.1f} ms", must
        )


def _weighed(database: str, reader: Reader, contact: str) -> Iterator[Row]:
    sizes = {encoding: len(reader.get(contact, encoding).body) / 1000 for encoding in (*ENCODINGS, "identity")}
    least = f"<= {HTML} kB {_said(max(sizes[encoding] for encoding in ENCODINGS) <= HTML)}"
    compressed = " / ".join(f"{sizes[encoding]:.0f}" for encoding in ENCODINGS) + " kB"
    yield Row(
        f"{database}: its HTML, {' / '.join(ENCODINGS)}", compressed, f"{sizes['identity']:.0f} kB plain", least
    )
    visit = first_visit(reader, contact)
    if visit is None:
        yield Row(f"{database}: its first visit", "not measured", "no Chromium")
        return
    fits = visit.size <= 1000 * VISIT and visit.requests <= REQUESTS
    measured, later = (
        f"{visit.size / 1000:.0f} kB, {visit.requests} req",
        f"{visit.later / 1000:.0f} kB polled later",
    )
    yield Row(f"{database}: its first visit", measured, later, f"<= {VISIT} kB, {REQUESTS} req {_said(fits)}")


def _said(is_reached: bool) -> str:
    return "OK" if is_reached else "MISSED"
