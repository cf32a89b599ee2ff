"""Custom fields and changes: whatever arrives becomes words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts_ui.formatting import custom_fields
from contacts_ui.formatting.custom_fields import Change, Definition

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "data_type", "words"),
    [
        (48000, "MONETORY", "48,000"),
        (True, "", "Yes"),
        (["Hygiene", "", "Implants"], "", "Hygiene, Implants"),
        ("2027-01-31", "DATE", "31 Jan 2027"),
        (1801353600000, "DATE", "31 Jan 2027"),
        ("soon", "DATE", "soon"),
        ({"f": {"meta": {"originalname": "roof.pdf"}, "url": "https://x.example/1"}}, "FILE_UPLOAD", "roof.pdf"),
        (None, "", ""),
        ({}, "", ""),
    ],
)
def test_a_value_reads_as_its_type_wants(value, data_type, words):
    assert custom_fields.words(value, data_type) == words


@given(JSON, st.sampled_from(["", "DATE", "TEXT", "MONETORY"]))
def test_no_value_breaks_the_page(value, data_type):
    assert isinstance(custom_fields.words(value, data_type), str)
    assert isinstance(custom_fields.link(value), str)


def test_fields_come_in_the_order_of_their_definitions_and_unknown_ones_last():
    definitions = {"b": Definition("Budget", position=2), "a": Definition("Sites", position=1)}
    values = [{"id": "zz", "value": 1}, {"id": "b", "value": 2}, {"id": "a", "value": 3}, "broken", {"id": "c"}]
    assert [field.name for field in custom_fields.custom_fields(values, definitions)] == [
        "Sites",
        "Budget",
        "Field zz",
    ]


def test_only_a_web_address_becomes_a_link():
    assert custom_fields.link("https://x.example/a") == "https://x.example/a"
    for other in (
        "javascript:alert(1)",
        "see https://x.example",
        "http://[",
        7,
        {"f": {"url": "data:text/html,x"}},
    ):
        assert custom_fields.link(other) == ""


def test_a_change_names_people_and_tells_tags_and_fields_apart():
    told = custom_fields.changes(
        [
            {"field": "Owner", "old": "u1", "new": "u2"},
            {"field": "Tags", "old": ["a", "b"], "new": ["b", "c"]},
            {"field": "Custom fields", "old": [{"id": "f", "value": 1}], "new": [{"id": "f", "value": 2}]},
        ],
        {"f": Definition("Budget")},
        {"u1": "Tom Okafor", "u2": "Priya Raman"},
    )
    assert told == [
        Change("Owner", "Tom Okafor", "Priya Raman"),
        Change("Tags", "a", "c"),
        Change("Budget", "1", "2"),
    ]


def test_a_change_is_told_in_at_most_500_characters_a_value():
    (owner, tags) = custom_fields.changes(
        [
            {"field": "Source", "old": "x" * 501, "new": "y" * 500},
            {"field": "Tags", "old": [], "new": [f"tag {number}" for number in range(9_000)]},
        ],
        {},
        {},
    )
    assert owner == Change("Source", "x" * 499 + "…", "y" * 500)
    assert len(tags.new) == 500


def test_tags_that_only_changed_places_are_no_news():
    many = [f"tag {number}" for number in range(50_000)]
    told = custom_fields.changes([{"field": "Tags", "old": many, "new": [*reversed(many), "new"]}], {}, {})
    assert told == [Change("Tags", "", "new")]


def test_what_we_have_no_word_for_is_shown_under_its_own_name():
    shown = custom_fields.unknown_fields({"shoeSize": {"eu": 43}, "horoscope": "Leo", "empty": None})

    assert [field.name for field in shown] == ["shoeSize", "horoscope"]
    assert "43" in shown[0].value


@given(st.dictionaries(st.text(), JSON))
def test_whatever_is_unknown_never_breaks_the_page(extra):
    custom_fields.unknown_fields(extra)
