"""The look of a task in every state of a wish."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts_ui.components.task_row import row_of
from integrations.activity.models import Task
from integrations.sync.models import Write
from integrations.workspace.models import User

NOW = timezone.now()
State = Write.State


def wish(state, *, completed=True, waits=0.0, **fields):
    return Write(
        state=state, changes={"is_completed": completed}, not_before=NOW + timedelta(seconds=waits), **fields
    )


def look(write=None, *, due_in=1, done=False, lock="", deleted_at=None, **more):
    due_at = NOW + timedelta(days=due_in)
    task = Task(title="Call", due_at=due_at, is_completed=done, deleted_at=deleted_at)
    how = {"there": "https://ghl.example/c1", "oversees": True} | more
    return row_of(task, write, now=NOW, lock=lock, system="GHL", **how)


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
        ({"write": wish(State.QUEUED, waits=60, attempts=1)}, "held"),
        ({"write": wish(State.QUEUED, waits=4, reason="Not sent yet.")}, "held"),
        ({"write": wish(State.FAILED)}, "failed"),
        ({"write": wish(State.CONFLICT)}, "failed"),
        ({"write": wish(State.CONFIRMED), "done": True}, "confirmed"),
        ({"write": wish(State.CONFIRMED, completed=False)}, "reopened"),
        ({"write": wish(State.CONFIRMED)}, "idle"),  # somebody has reopened it elsewhere since
        ({"write": wish(State.CONFIRMED, completed=False), "done": True}, "done"),
        ({"write": wish(State.QUEUED, waits=4), "deleted_at": NOW}, "ticked"),
        ({"deleted_at": NOW}, "gone"),
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


def test_what_waits_long_is_followed_by_the_page_and_may_be_taken_back_while_nothing_was_sent():
    soon, later = (look(wish(State.QUEUED, waits=seconds, reason="Not sent yet.")) for seconds in (4, 60))
    assert (soon.is_moving, later.is_moving) == (True, False)
    assert later.can_undo
    sent = look(wish(State.QUEUED, waits=60, reason="Not confirmed yet.", sent_at=NOW))
    assert (sent.words, sent.can_undo) == ("Trying again", False)


@pytest.mark.parametrize(
    ("about", "can_retry", "why"),
    [
        ({}, True, "Refused."),
        ({"write": wish(State.FAILED, reason="Refused.", can_retry=False)}, False, "Refused."),
        ({"deleted_at": NOW}, False, "Refused."),
        ({"lock": "Needs write access"}, False, "Refused. An admin can allow writing."),
        ({"lock": "Not connected"}, False, "Refused. An admin can connect the account again."),
    ],
)
def test_retry_is_offered_only_where_it_can_help(about, can_retry, why):
    row = look(**{"write": wish(State.FAILED, reason="Refused.")} | about)
    assert (row.look, row.can_retry, row.why) == ("failed", can_retry, why)


def test_a_second_failure_is_told_apart_from_the_first():
    at = timezone.localtime(NOW)
    first, second = (wish(State.FAILED, reason="Refused.", settled_at=NOW, retries=tries) for tries in (0, 1))
    assert look(first).words == ""
    assert look(second).words == f"Failed again, {at:%H:%M}"


def test_who_completed_it_stays_on_the_row_for_ever():
    alice = User(pk=5, first_name="Alice", email="alice@example.com")
    done = wish(State.CONFIRMED, actor=alice, settled_at=NOW - timedelta(days=400))
    assert look(done, done=True, viewer=5).credit == "You"
    assert look(done, done=True, viewer=6).credit == "Alice"
    assert look(done, done=True, viewer=6).look == "confirmed"


def test_a_reopened_task_shows_again_when_it_is_due():
    assert look(wish(State.CONFIRMED, completed=False), due_in=-3).due_words == "Overdue 3 days"


@pytest.mark.parametrize(("viewer", "oversees", "may"), [(5, False, True), (6, True, True), (6, False, False)])
def test_a_tick_is_decided_about_by_whoever_asked_for_it_or_oversees_the_account(viewer, oversees, may):
    seen_by = {"viewer": viewer, "oversees": oversees}
    waits = look(wish(State.QUEUED, waits=4, actor=User(pk=5)), **seen_by)
    failed = look(wish(State.FAILED, reason="Refused.", actor=User(pk=5)), **seen_by)

    assert (waits.can_undo, failed.can_retry, failed.can_dismiss) == (may, may, may)
    assert failed.can_toggle != may  # a colleague asks for it anew


@pytest.mark.parametrize("about", [{"deleted_at": NOW}, {"lock": "Needs write access"}])
def test_a_colleague_cannot_ask_anew_where_nothing_can_be_sent(about):
    failed = look(wish(State.FAILED, actor=User(pk=5)), viewer=6, oversees=False, **about)
    assert not failed.can_toggle
