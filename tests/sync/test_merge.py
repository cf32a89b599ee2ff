"""Three-way merge: only what a person changed is sent, and nothing of anybody else is overwritten."""

from hypothesis import given
from hypothesis import strategies as st

from integrations.sync.push.merge import merge

FIELDS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3))


def test_an_untouched_field_is_sent():
    assert merge(base={"done": False}, changes={"done": True}, theirs={"done": False}).send == {"done": True}


def test_what_is_there_already_is_not_sent_again():
    result = merge(base={"done": False}, changes={"done": True}, theirs={"done": True})

    assert (result.send, result.already) == ({}, {"done": True})


def test_a_field_that_moved_elsewhere_is_a_conflict_and_not_sent():
    result = merge(base={"due": 1}, changes={"due": 2}, theirs={"due": 3})

    assert (result.send, result.conflicts) == ({}, {"due": 3})


def test_changes_of_other_fields_do_not_stand_in_the_way():
    theirs = {"done": False, "title": "b"}
    result = merge(base={"done": False, "title": "a"}, changes={"done": True}, theirs=theirs)

    assert result.send == {"done": True}


def alike(_name, one, other):
    return str(one).casefold() == str(other).casefold()


def test_another_spelling_of_what_was_seen_is_sent():
    result = merge(base={"name": "dana"}, changes={"name": "Dana"}, theirs={"name": "dana"}, same=alike)

    assert (result.send, result.already) == ({"name": "Dana"}, {})


def test_somebody_elses_spelling_of_the_same_wish_is_left_alone():
    result = merge(base={"name": "Don"}, changes={"name": "Dana"}, theirs={"name": "DANA"}, same=alike)

    assert (result.send, result.already) == ({}, {"name": "Dana"})


@given(base=FIELDS, changes=FIELDS, theirs=FIELDS)
def test_every_changed_field_ends_in_exactly_one_place(base, changes, theirs):
    result = merge(base=base, changes=changes, theirs=theirs)

    places = [result.send.keys(), result.already.keys(), result.conflicts.keys()]
    assert set().union(*places) == changes.keys()
    assert sum(map(len, places)) == len(changes)


@given(base=FIELDS, changes=FIELDS, theirs=FIELDS)
def test_no_value_of_the_three_is_lost(base, changes, theirs):
    result = merge(base=base, changes=changes, theirs=theirs)

    for name, mine in changes.items():
        there = theirs.get(name, base.get(name))
        if name in result.conflicts:  # both stay apart until somebody settles it
            assert (result.conflicts[name], there not in (mine, base.get(name))) == (there, True)
        else:  # mine goes out over what the person saw, or is there already
            assert {**result.send, **result.already}[name] == mine
            assert there == (base.get(name) if name in result.send else mine)


@given(base=FIELDS, changes=FIELDS, theirs=FIELDS)
def test_nothing_is_sent_over_a_value_that_the_person_did_not_see(base, changes, theirs):
    for name in merge(base=base, changes=changes, theirs=theirs).send:
        assert theirs.get(name, base.get(name)) == base.get(name)


@given(base=FIELDS, changes=FIELDS, theirs=FIELDS)
def test_merging_again_after_sending_sends_nothing(base, changes, theirs):
    sent = merge(base=base, changes=changes, theirs=theirs).send

    assert merge(base=base, changes=sent, theirs={**theirs, **sent}).send == {}
