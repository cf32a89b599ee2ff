"""Listings read to their end: nothing lost, nothing twice, never in circles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.ghl.client import next_search_after, next_skip
from integrations.ghl.client.errors import MalformedAnswer


def rows(start, count):
    return [{"id": f"c{number}", "searchAfter": [number, f"c{number}"]} for number in range(start, start + count)]


@given(st.integers(0, 300), st.integers(1, 50))
def test_following_the_cursor_reads_every_row_once(total, limit):
    seen, cursor, pages = [], None, 0
    while True:
        start = cursor[0] + 1 if cursor else 0
        page = rows(start, min(limit, total - start))
        seen += [row["id"] for row in page]
        pages += 1
        cursor = next_search_after(page, limit, cursor)
        if cursor is None:
            break

    assert seen == [f"c{number}" for number in range(total)]
    assert pages == total // limit + 1


@given(st.integers(0, 300), st.integers(1, 50))
def test_skipping_reads_every_row_once(total, limit):
    seen, skip = [], 0
    while skip is not None:
        page = list(range(skip, min(skip + limit, total)))
        seen += page
        skip = next_skip(page, limit, skip)

    assert seen == list(range(total))


def test_the_same_cursor_twice_would_never_end():
    with pytest.raises(MalformedAnswer, match="never end"):
        next_search_after(rows(0, 2), 2, previous=[1, "c1"])


@pytest.mark.parametrize("last", [{}, {"searchAfter": None}, {"searchAfter": []}, {"searchAfter": "c1"}])
def test_a_full_page_without_a_cursor_is_not_the_end(last):
    with pytest.raises(MalformedAnswer, match="cannot go on"):
        next_search_after([*rows(0, 1), last], 2)
