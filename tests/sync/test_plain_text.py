"""The words of a note, for search and previews."""

import pytest

from integrations.activity.markup import plain_text

MANY = 1_000_000


@pytest.mark.parametrize("body", ["<" * MANY, "<a" * (MANY // 2), "<a " * (MANY // 3), "</" * (MANY // 2)])
def test_a_million_signs_that_close_nothing_are_read_in_one_go(body):
    # Nothing is timed: with a search to the end from every "<" this would take a quarter of an hour.
    assert plain_text(body) == body.strip()


def test_markup_goes_and_words_and_signs_stay():
    assert plain_text("<p>5 &lt; 6,\n<b>so</b> 5 < 6</p>") == "5 < 6, so 5 < 6"


def test_a_character_whose_number_has_thousands_of_digits_stays_as_it_is():
    body = f"&#{'9' * 5000};"
    assert plain_text(body) == body
