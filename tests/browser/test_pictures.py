"""The table of states that pictures are made of, without a browser: each row leads somewhere and reads as one."""

from collections import Counter
from pathlib import Path

import pytest
from django.urls import resolve

from integrations.workspace.management.commands.demo_people import PEOPLE
from tests.browser.pictures import matching, named
from tests.browser.stage import DEVICES, OWNER, code_of
from tests.browser.states import STATES

NUMBERS = {"contact": 1, "business": 2, "run": 3, "workspace": 4}
NOWHERE = "not-found"
SIZES = [width for device in DEVICES.values() for width in device["widths"]]


@pytest.mark.parametrize("state", [one for one in STATES if one.name != NOWHERE], ids=lambda one: one.name)
def test_the_address_of_each_state_is_one_of_ours(state):
    assert resolve(state.path.format(**NUMBERS).partition("?")[0])


@pytest.mark.parametrize("state", STATES, ids=lambda one: one.name)
def test_each_state_is_shown_to_somebody_whom_the_demo_has(state):
    assert state.who in ("", OWNER, *(name for name, *_ in PEOPLE))
    assert callable(state.before)
    assert callable(state.then)


def test_no_two_states_share_a_name():
    assert [name for name, times in Counter(one.name for one in STATES).items() if times > 1] == []


def test_a_state_is_shown_at_two_wide_and_two_narrow_widths():
    assert SIZES == [1440, 1280, 390, 360]


def test_named_states_keep_the_order_of_the_table():
    assert [one.name for one in named(["changes", "sign-in"])] == ["sign-in", "changes"]
    assert named([]) == list(STATES)


def test_a_state_that_does_not_exist_ends_with_the_names_that_do():
    with pytest.raises(SystemExit, match=r"no state nonsense\. There are sign-in, contacts"):
        named(["nonsense"])


def test_drawings_stand_beside_the_state_whose_name_they_begin(tmp_path):
    for name in ("01-contact-light", "02-contact-dark", "04-contacts-light", "09-sync-log-light"):
        Path(tmp_path, f"{name}.png").touch()

    def beside(name):
        return [path.stem for path in matching(name, tmp_path)]

    assert beside("contact") == beside("contact-note") == ["01-contact-light", "02-contact-dark"]
    assert beside("contacts-bulk") == ["04-contacts-light"]
    assert beside("sync-log") == ["09-sync-log-light"]
    assert beside("sign-in") == []
    assert matching("contact", None) == []


def test_the_code_of_a_second_factor_is_that_of_the_standard(monkeypatch):
    # RFC 6238, appendix B: the last six digits.
    monkeypatch.setattr("time.time", lambda: 1111111109)
    assert code_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") == "081804"
