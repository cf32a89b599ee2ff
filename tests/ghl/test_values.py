"""Rows are cleaned of what no database keeps, the quick way and the thorough way alike."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.ghl.values import DEEPEST, clean, cleaned

# Every character there is, with NUL and halves of surrogate pairs among them, and what Python takes for a number.
texts = st.text(st.characters(exclude_categories=())) | st.sampled_from(["\x00", "\ud83d", "😀", "\\u0000", "NaN"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(texts, values, max_size=4))
def test_a_row_is_cleaned_the_same_whether_it_needs_it_or_not(row):
    kept, written = cleaned(row)
    assert json.loads(written) == clean(row)
    assert clean(kept) == clean(row)


def test_what_is_clean_is_not_copied():
    row = {"name": "Zoë", "tags": ["vip"]}
    kept, _ = cleaned(row)
    assert kept is row


@pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"a": inner}])
def test_what_is_nested_deeper_than_any_database_keeps_is_cut_off(wrap):
    value = "deep"
    for _ in range(DEEPEST + 1):
        value = wrap(value)
    kept, written = cleaned({"deep": value})
    assert json.loads(written) == kept
    assert "deep" not in json.dumps(kept["deep"])
    assert kept["deep"]
