"""The look of a task in every state of a wish."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts_ui.components.task_row import row_of
from integrations.activity.models import Task
from integrations.sync.models import Write

NOW = timezone.now()
State = Write.State


def wish(state, *, completed=True, waits=0.0, **fields):
    return Write(
        state=state, changes={"is_completed": completed}, not_before=NOW + timedelta(seconds=waits), **fields
    )


def look(write=None, *, due_in=1, done=False, lock="", **more):
    task = Task(title="Call", due_at=NOW + timedelta(days=due_in), is_completed=done)
    return row_of(task, write, now=NOW, lock=lock, system="GHL", **more)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "idle"),
        ({"due_in": -1}, "overdue"),
        ({"done": True}, "done"),
        ({"lock": "Needs write access"}, "readonly"),
        ({"lock": "Needs write access", "done": True}, "done-readonly"),
        ({"write": wish(State.QUEUED, waits=4)}, "ticked"),
        ({"write": wish(State.QUEUED, waits=4, completed=False), "done": True}, "reopening"),
        ({"write": wish(State.QUEUED)}, "sending"),
        ({"write": wish(State.SENDING)}, "sending"),
        ({"write": wish(State.QUEUED, waits=60, attempts=1)}, "resending"),
        ({"write": wish(State.FAILED)}, "failed"),
        ({"write": wish(State.CONFLICT)}, "failed"),
        ({"write": wish(State.CONFIRMED), "done": True}, "confirmed"),
        ({"write": wish(State.CONFIRMED, completed=False)}, "reopened"),
        ({"write": wish(State.UNDONE)}, "idle"),
        ({"refusal": "This is being sent."}, "failed"),
    ],
)
def test_each_state_has_its_look(given, expected):
    assert look(**given).look == expected


def test_a_wish_counts_down_in_whole_seconds_and_keeps_asking():
    row = look(wish(State.QUEUED, waits=3.2))
    assert (row.left, row.words, row.is_moving, row.is_ticked) == (4, "Sends in 4 s", True, True)


def test_green_words_are_kept_for_what_was_read_back():
    for write in (wish(State.QUEUED, waits=4), wish(State.SENDING), wish(State.FAILED, reason="Refused.")):
        assert "Confirmed" not in look(write).words
    assert look(wish(State.CONFIRMED), done=True).words == "Confirmed in GHL"


def test_a_failure_unticks_the_box_and_gives_its_reason():
    row = look(wish(State.FAILED, reason="GHL answered that this task is gone."))
    assert (row.is_ticked, row.is_moving, row.why) == (False, False, "GHL answered that this task is gone.")
