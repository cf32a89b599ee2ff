"""What reads the same is compared as the same, however it is spelled."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.activity.folding import folded, seen, spread
from integrations.activity.markup import highlight, marked_html


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("LUCÍA", "lucia"),
        ("Jose\u0301", "José"),
        ("Zoë", "ZOE"),
        ("İstanbul", "istanbul"),
        ("Işık", "isik"),
        ("Groß", "GROSS"),
        ("Łódź", "lodz"),
        ("ＤＡＮＡ ０１", "dana 01"),
        ("oﬃce", "OFFICE"),
        ("Σίσυφος", "ΣΙΣΥΦΟΣ"),
        ("a\u200bb\u00adc", "ABC"),
        ("한글", normalize("NFD", "한글")),
    ],
)
def test_two_spellings_are_one(text, other):
    assert folded(text) == folded(other)


@pytest.mark.parametrize(("text", "other"), [("が", "か"), ("क्ष", "कष"), ("a", "b"), ("n", "m")])
def test_marks_that_make_another_letter_stay(text, other):
    assert folded(text) != folded(other)


@given(st.text(max_size=30))
def test_every_form_of_a_text_folds_alike_and_only_once(text):
    assert folded(folded(text)) == folded(text)
    for form in ("NFC", "NFD"):
        assert folded(normalize(form, text)) == folded(text)


@given(st.text(max_size=30))
def test_each_folded_sign_knows_where_it_comes_from(text):
    plain, places = spread(text)
    assert len(plain) == len(places)
    assert places == sorted(places)
    assert all(place < len(text) for place in places)


@pytest.mark.parametrize("text", ["", "  ", "\u200b\u200d", "\u3164", "\u2800 \u00a0", "\u202e"])
def test_a_name_that_nobody_can_see_is_none(text):
    assert seen(text) == ""


@pytest.mark.parametrize("text", ["a", " . ", "\u200bx", "رنا", "😀", "\u0301"])
def test_a_name_with_anything_to_see_stays_as_it_is(text):
    assert seen(text) == text


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("LUCÍA Gómez", "gomez", "LUCÍA <mark>Gómez</mark>"),
        ("Jose\u0301 B", "jose", "<mark>Jose\u0301</mark> B"),
        ("Jose\u0301 B", "josé b", "<mark>Jose\u0301</mark> <mark>B</mark>"),
        ("Groß & Co", "gros", "<mark>Groß</mark> &amp; Co"),
        ("ßa", "s", "<mark>ß</mark>a"),
        ("Dana", "", "Dana"),
        ("a<b>", "b", "a&lt;<mark>b</mark>&gt;"),
    ],
)
def test_a_hit_is_marked_as_it_is_spelled(text, query, marked):
    assert highlight(text, query) == marked


@given(st.text(max_size=30), st.text(max_size=6))
def test_marking_loses_and_moves_nothing(text, query):
    clean = text.replace("<", "").replace(">", "").replace("&", "")
    assert marked_html(clean, query).replace("<mark>", "").replace("</mark>", "") == clean
