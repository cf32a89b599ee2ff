"""A number is one number, however it is written: in a search, on a page, under a finger."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.activity import phones


@pytest.mark.parametrize(
    ("phone", "country", "home", "shown"),
    [
        ("+18025550117", "", "US", "(802) 555-0117"),
        ("+18025550117", "", "GB", "+1 802-555-0117"),
        ("+18025550117", "", "", "+1 802-555-0117"),
        ("802.555.0117", "US", "US", "(802) 555-0117"),
        ("8025550117", "", "US", "(802) 555-0117"),
        ("020 79460018", "GB", "US", "+44 20 7946 0018"),
        ("+1 555 010 0188 ext. 23", "", "US", "(555) 010-0188 ext. 23"),
        ("555-0117", "US", "US", "555-0117"),
        ("call the front desk", "US", "US", "call the front desk"),
        ("8025550117", "", "", "8025550117"),
        ("1" * 300, "US", "US", "1" * 300),
        ("", "US", "US", ""),
    ],
)
def test_a_number_is_shown_as_its_reader_writes_it_or_as_it_was_sent(phone, country, home, shown):
    assert phones.shown(phone, country, home) == shown


@pytest.mark.parametrize(
    ("phone", "country", "dialled"),
    [
        ("(802) 555-0117", "US", "+18025550117"),
        ("+1 (802) 555-0117", "", "+18025550117"),
        ("+1 555 010 0188 ext. 23", "", "+15550100188,23"),
        ("802-555-0117 x23", "US", "+18025550117,23"),
        ("555-0117 ext 4", "", "5550117,4"),
        ("+44 (0)20 7946 0018", "GB", "+442079460018"),
        ("555-0117", "US", "5550117"),
        ("\u0661\u0662\u0663\u0664\u0665", "", "12345"),
        ("none", "US", ""),
        ("ext. 5", "US", ""),
        ("+", "US", ""),
        ("", "US", ""),
    ],
)
def test_a_link_dials_the_number_and_then_its_extension(phone, country, dialled):
    assert phones.dialled(phone, country) == dialled


@pytest.mark.parametrize(
    ("phone", "country", "kept"),
    [
        ("+1 (802) 555-0117", "", ["18025550117"]),
        ("(802) 555-0117", "US", ["18025550117"]),
        ("020 7946 0018", "GB", ["442079460018", "02079460018"]),
        ("+44 (0)20 7946 0018", "GB", ["4402079460018", "442079460018"]),
    ],
)
def test_the_index_keeps_no_digits_that_stand_inside_others(phone, country, kept):
    assert phones.spellings(phone, country) == kept


@given(st.text(max_size=80), st.sampled_from(["", "US", "GB", "XX"]))
def test_whatever_stands_for_a_number_is_read_and_dials_digits_only(text, country):
    assert all(form.isdigit() and form.isascii() for form in phones.spellings(text, country))
    assert isinstance(phones.shown(text, country, country), str)
    assert set(phones.dialled(text, country)) <= set("+,0123456789")
