"""What a contact's page shows of meetings that move, wait, failed, or took place without an outcome."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.sync import commands
from integrations.sync.models import Write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace, "Dana Whitlock")


@pytest.fixture
def meeting(dana, make_appointment):
    return make_appointment(dana, "Site walk", starts_in=3, status="confirmed")


@pytest.fixture
def page(as_alice, dana):
    return lambda **query: as_alice.get(f"/contacts/{dana.pk}/", query).text


@pytest.fixture
def move(meeting, alice):
    def _move(**span):
        start = meeting.start_at + timedelta(**span)
        changes = {"start_at": start, "end_at": start + timedelta(hours=1)}
        return commands.write("appointment.update", meeting, changes, actor=alice, undo_seconds=5)

    return _move


def test_a_meeting_ahead_can_be_changed_from_its_row(page, dana, meeting):
    shown = page()

    assert f'hx-get="/contacts/{dana.pk}/appointments/{meeting.pk}/edit/"' in shown
    assert "data-edit" in shown


def test_one_that_moves_shows_both_times_and_can_be_taken_back(page, move):
    write = move(days=2)

    shown = page()

    assert "moved__to" in shown
    assert "moves to" in shown
    assert f'action="/changes/{write.pk}/undo/"' in shown


def test_one_that_could_not_be_moved_stays_where_it_is_and_says_why(page, dana, meeting, move):
    write = move(days=2)
    reason = "Not saved. This time is no longer free in GoHighLevel. Choose another one."
    Write.objects.update(state="failed", reason=reason, options={"unfit": "start_at"}, can_retry=False)

    shown = page()

    assert "moved__to" not in shown
    assert "was to move to" in shown
    assert reason in shown
    assert f"/contacts/{dana.pk}/appointments/{meeting.pk}/edit/?again={write.pk}" in shown
    assert f"/changes/{write.pk}/edit/" not in shown


def test_one_that_was_moved_says_from_when(page, dana, make_appointment):
    make_appointment(dana, moved_from=timezone.now() + timedelta(days=9))

    assert "moved from" in page()


def test_a_cancelled_one_shows_it_at_once(page, meeting, alice):
    commands.write("appointment.cancel", meeting, actor=alice)

    assert "Cancelled" in page()


def test_a_new_one_waits_above_the_agenda(page, dana, alice):
    start = timezone.now() + timedelta(days=4)
    fields = {"title": "Roof survey", "start_at": start, "calendar_remote_id": "cal"}
    write = commands.create("appointment.create", dana.connection, fields, contact=dana, actor=alice)

    shown = page()

    assert f'id="write-{write.pk}"' in shown
    assert "Roof survey" in shown


def test_a_new_one_whose_time_was_taken_offers_to_choose_again(page, dana, alice):
    fields = {"start_at": timezone.now(), "calendar_remote_id": "cal"}
    write = commands.create("appointment.create", dana.connection, fields, contact=dana, actor=alice)
    Write.objects.update(state="failed", reason="Not booked.", options={"unfit": "start_at"})

    shown = page()
    assert f"/contacts/{dana.pk}/appointments/new/?again={write.pk}" in shown
    assert f"/changes/{write.pk}/edit/" not in shown  # one way to do it, not two


def test_a_past_one_without_an_outcome_asks_for_it_where_it_stands(page, dana, make_appointment, alice):
    past = make_appointment(dana, starts_in=-2, status="confirmed")
    asks = f'action="/contacts/{dana.pk}/appointments/{past.pk}/outcome/"'

    assert asks in page()

    commands.write("appointment.showed", past, actor=alice)
    shown = page()
    assert asks not in shown
    assert "Showed" in shown


def test_one_with_an_outcome_asks_for_nothing(page, dana, make_appointment):
    make_appointment(dana, starts_in=-2, status="showed")

    assert "/outcome/" not in page()


def test_a_read_only_connection_shows_no_control(page, dana, meeting, make_appointment, remote):
    make_appointment(dana, starts_in=-2, status="confirmed")
    remote.may_write = False

    shown = page()

    assert "/appointments/" not in shown
    assert "No outcome yet" in shown


def test_a_meeting_on_its_way_costs_one_query_more(page, move):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            page()
        return len(asked)

    page()
    before = cost()
    move(days=2)

    assert cost() == before + 1
