"""Listings read to their proved end: nothing lost, never in circles, by the other way where one fails."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.ghl.client.paging import BEHIND, PAGE, REPEATS, SKIP, Position, total_of, turn

WAYS = st.sampled_from([(BEHIND, SKIP), (BEHIND, PAGE), (SKIP,)])


class Server:
    """`held` rows. What it does otherwise than asked is said by keywords."""

    def __init__(self, held, *, most=10_000, cap=None, total=True, cursor=True, answers=()):
        self.held, self.most, self.cap, self.total, self.cursor = held, most, cap, total, cursor
        self.answers = dict(answers)  # {number of the request: rows that it shows instead}
        self.requests = 0

    def ask(self, at):
        self.requests += 1
        limit = min(at.limit, self.most)
        start = at.after[0] + 1 if at.after else at.skip if at.way == SKIP else (at.page - 1) * limit
        numbers = range(start, min(start + limit, self.held))
        numbers = self.answers.get(self.requests, numbers)
        rows = [{"id": f"c{number}"} | self._cursor(number) for number in numbers]
        return {"rows": rows} | ({"total": min(self.held, self.cap or self.held)} if self.total else {})

    def _cursor(self, number):
        return {"searchAfter": [number]} if self.cursor else {}


def read(server, ways=(BEHIND, SKIP), limit=10):
    """(ids as they came, doubt)"""
    at, seen = Position(limit=limit, ways=ways), []
    while at is not None:
        assert server.requests < 400, "in circles"
        answer = server.ask(Position.of(at.as_json()))
        seen += [row["id"] for row in answer["rows"]]
        following = turn(at, answer["rows"], total_of(answer))
        at = following.position
    return seen, following.doubt


def all_of(server):
    return [f"c{number}" for number in range(server.held)]


@given(st.integers(0, 300), st.integers(1, 50), WAYS, st.booleans())
def test_every_row_is_read_once(held, limit, ways, total):
    server = Server(held, total=total)

    assert read(server, ways, limit) == (all_of(server), "")
    is_proved = (total and held % limit) or not held
    assert server.requests == -(-held // limit) + (0 if is_proved and held else 1)


@given(st.integers(0, 300), st.integers(1, 50), st.integers(1, 60), WAYS, st.booleans())
def test_a_server_that_gives_fewer_rows_than_asked_is_read_to_its_end(held, limit, most, ways, total):
    server = Server(held, most=most, total=total)

    assert read(server, ways, limit) == (all_of(server), "")


@given(st.integers(0, 300), st.integers(1, 50), st.integers(1, 300), WAYS)
def test_a_total_that_is_capped_hides_nothing_behind_a_full_page(held, limit, cap, ways):
    server = Server(held, cap=cap)
    seen, doubt = read(server, ways, limit)

    assert (seen, doubt) == (all_of(server), "")


@given(st.integers(0, 300), st.integers(1, 50), st.sampled_from([(BEHIND, SKIP), (BEHIND, PAGE)]), st.booleans())
def test_without_cursors_it_goes_on_by_counting(held, limit, ways, total):
    server = Server(held, cursor=False, total=total)
    seen, doubt = read(server, ways, limit)

    # A page number cannot say "behind a page that was not full": that one is read again.
    assert (list(dict.fromkeys(seen)), doubt) == (all_of(server), "")
    assert ways == (BEHIND, PAGE) or len(seen) == held


@pytest.mark.parametrize("cursor", [None, [], "c1", {}])
def test_a_cursor_that_is_none_is_answered_by_counting(cursor):
    rows = [{"id": "c0"}, {"id": "c1", "searchAfter": cursor}]
    following = turn(Position(limit=2, ways=(BEHIND, SKIP)), rows, None).position
    assert (following.way, following.skip, following.after) == (SKIP, 2, None)


def test_a_short_page_in_the_middle_ends_nothing():
    server = Server(30, answers={1: range(9)})

    assert read(server) == (all_of(server), "")


@pytest.mark.parametrize("ways", [(BEHIND, SKIP), (BEHIND, PAGE)])
def test_cursors_that_lead_in_circles_are_left_for_counting(ways):
    class Circle(Server):
        def ask(self, at):
            if at.way != BEHIND:
                return super().ask(at)
            self.requests += 1
            start = 10 if at.after == ["A"] else 0
            rows = [
                {"id": f"c{number}", "searchAfter": ["B" if start else "A"]} for number in range(start, start + 10)
            ]
            return {"rows": rows}

    server = Circle(40, total=False)
    seen, doubt = read(server, ways)

    assert (set(seen), doubt) == (set(all_of(server)), "")
    assert server.requests < 15


@given(st.integers(1, 60))
def test_a_circle_of_any_length_is_found(length):
    answers = {number: range(number % length * 10, number % length * 10 + 10) for number in range(1, 400)}
    seen, doubt = read(Server(10_000, total=False, answers=answers), (SKIP,))

    assert doubt == REPEATS
    assert len(seen) <= 40 * (length + 1)


def test_what_the_total_says_and_nobody_shows_is_doubted():
    server = Server(25)
    server.held, answers = 25, server.ask

    def more(at):
        return answers(at) | {"total": 40}

    server.ask = more
    seen, doubt = read(server)

    assert seen == all_of(server)
    assert doubt == "GoHighLevel counts 40 and showed 25."


def test_a_listing_that_knows_no_pages_is_read_once():
    server = Server(4, total=False, answers={1: range(4), 2: range(4)})

    assert read(server, (SKIP,)) == (["c0", "c1", "c2", "c3"] * 2, "")


def test_the_same_full_page_for_ever_is_no_end():
    answers = dict.fromkeys(range(1, 50), range(10))
    assert read(Server(99, total=False, answers=answers)) == (
        ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"] * 3,
        REPEATS,
    )


def test_a_page_is_asked_for_by_halves_down_to_125():
    at, sizes = Position(limit=500, ways=(BEHIND, SKIP)), []
    while not at.is_smallest:
        at = at.halved()
        sizes.append(at.limit)
    assert sizes == [250, 125]
    assert replace(at, limit=500, ways=(PAGE,)).is_smallest


def test_a_position_that_another_release_has_stored_is_gone_on_from():
    stored = {"limit": 10, "ways": ["behind", "skip"], "after": [7], "of_that_release": 1}
    assert Position.of(stored) == Position(limit=10, ways=(BEHIND, SKIP), after=[7])


@pytest.mark.parametrize(
    ("answer", "total"),
    [
        ({}, None),
        ({"total": 3}, 3),
        ({"total": "3"}, 3),
        ({"count": 3}, 3),
        ({"meta": {"total": 3}}, 3),
        ({"total": None, "count": 3}, 3),
        ({"total": True}, None),
        ({"total": -1}, None),
        ({"total": {"value": 3}}, None),
        ({"total": "\u0663"}, None),
        ({"total": "9" * 15}, 10**15 - 1),
        ({"total": "9" * 16}, None),
    ],
)
def test_a_total_is_read_where_it_is_one(answer, total):
    assert total_of(answer) == total
