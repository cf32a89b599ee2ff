"""Booking a meeting: at a time that the calendar offers, or at any other that somebody insists on."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from integrations.connections.ports import Transient
from integrations.sync import commands
from integrations.sync.models import Write
from integrations.sync.push import outbox
from tests.sync.conftest import a_contact

pytestmark = pytest.mark.django_db(transaction=True)
SLOT = "2027-03-02T10:00:00-05:00"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def booking(calendar):
    """What the form sends for an offered time."""
    return {"calendar_id": calendar.remote_id, "day": "2027-03-02", "slot": SLOT, "offered": "1", "form": "a" * 32}


@pytest.fixture
def slots(as_alice, dana, calendar):
    def _slots(day="2027-03-02", **more):
        query = {"calendar_id": calendar.remote_id, "day": day, **more}
        return as_alice.get(f"/contacts/{dana.pk}/appointments/slots/", query, **HTMX)

    return _slots


def test_the_form_knows_calendars_and_people_and_asks_nobody_for_times_yet(
    as_alice, dana, calendar, workspace, make_user, make_calendar, remote
):
    make_user(workspace, "Priya Raman")
    make_calendar(workspace, "Closed", is_active=False)

    shown = as_alice.get(f"/contacts/{dana.pk}/appointments/new/", **HTMX).text

    assert "Site visits" in shown
    assert "Priya Raman" in shown
    assert "Closed" not in shown
    assert f'hx-get="/contacts/{dana.pk}/appointments/slots/"' in shown
    assert remote.calls == []


def test_free_times_of_the_day_are_offered_in_the_readers_zone(slots, calendar, remote):
    at = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)
    remote.slots[calendar.remote_id] = [at, at + timedelta(minutes=30), at + timedelta(days=1)]

    shown = slots().text

    assert shown.count('name="slot"') == 2
    assert "10:00" in shown  # New York
    assert f'value="{SLOT}"' in shown


def test_a_day_without_free_times_says_so(slots):
    assert "No free times on Tue 2 Mar" in slots().text


def test_times_that_cannot_be_read_leave_a_free_choice(slots, remote):
    remote.fail("free_slots", "appointments", Transient("GoHighLevel did not answer in time."))

    shown = slots().text

    assert "Free times could not be read. GoHighLevel did not answer in time. Enter a time instead." in shown
    assert 'name="offered"' not in shown
    assert 'name="time"' in shown


def test_somebody_who_asks_too_often_is_told_and_may_enter_a_time(slots, remote):
    for _ in range(11):
        shown = slots().text

    assert "10 times within a minute" in shown
    assert remote.calls.count(("free_slots", "appointments")) == 10


@pytest.mark.parametrize("day", ["", "tomorrow", "2027-13-40", "0001-01-01"])
def test_what_is_no_day_asks_for_nothing(slots, remote, day):
    assert slots(day).status_code == 200
    assert remote.calls == []


def test_without_scripts_the_page_offers_the_times_itself(as_alice, dana, calendar, remote):
    remote.slots[calendar.remote_id] = [datetime(2027, 3, 2, 15, 0, tzinfo=UTC)]
    query = {"calendar_id": calendar.remote_id, "day": "2027-03-02", "slots": "1"}

    shown = as_alice.get(f"/contacts/{dana.pk}/appointments/new/", query).text

    assert f'value="{SLOT}"' in shown
    assert 'value="2027-03-02"' in shown


def test_a_booking_is_kept_here_and_sent_from_here(press, booking, the_write, calendar, dana, alice):
    answer = press("book", booking | {"title": "Roof survey"})

    assert answer.status_code == 200
    assert 'hx-get="/contacts/1/?kind=task"' in answer.text
    write = the_write()
    assert (write.operation, write.contact, write.actor) == ("appointment.create", dana, alice)
    assert write.changes == {
        "calendar_remote_id": calendar.remote_id,
        "title": "Roof survey",
        "start_at": "2027-03-02T15:00:00+00:00",
    }
    assert write.options == {}


def test_it_stands_at_the_provider_afterwards(press, booking, the_write, remote, dana):
    remote.add(a_contact(1, remote_id=dana.remote_id))
    press("book", booking)
    write = the_write()

    assert outbox.deliver(write.pk, now=timezone.now() + timedelta(seconds=1)) == Write.State.CONFIRMED
    (made,) = remote.holds["appointments"].values()
    assert made.start_at == datetime(2027, 3, 2, 15, 0, tzinfo=UTC)


def test_a_form_that_is_sent_twice_books_once(press, booking, the_write):
    press("book", booking)
    press("book", booking)

    assert the_write().changes["start_at"] == "2027-03-02T15:00:00+00:00"
    press("book", booking | {"title": "Another one"})  # somebody went back to it
    assert Write.objects.count() == 2


def test_a_time_that_is_not_offered_is_booked_only_where_somebody_insists(press, booking, the_write):
    entered = booking | {"slot": "", "time": "18:30", "until": "19:15"}

    refused = press("book", entered)
    assert refused.status_code == 422
    assert "Choose a time." in refused.text
    assert not Write.objects.exists()

    press("book", entered | {"outside": "on"})
    write = the_write()
    assert write.changes["start_at"] == "2027-03-02T23:30:00+00:00"
    assert write.changes["end_at"] == "2027-03-03T00:15:00+00:00"
    assert write.options == {"ignores_slots": True}


def test_where_no_times_could_be_read_an_entered_one_is_checked_by_the_provider(press, booking, the_write):
    without_offer = {name: value for name, value in booking.items() if name not in ("offered", "slot")}
    press("book", without_offer | {"time": "09:00"})

    assert the_write().options == {}


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"calendar_id": ""}, "Choose a calendar."),
        ({"calendar_id": "nowhere"}, "The calendar nowhere is not known here."),
        ({"owner_id": "nobody"}, "The user nobody is not known here."),
        ({"slot": "soon"}, "must be a date and time"),
        ({"slot": "", "outside": "on"}, "Choose a time."),
        ({"slot": "", "outside": "on", "time": "25:99"}, "Enter a time, such as 14:30."),
        ({"slot": "", "outside": "on", "time": "9 o'clock"}, "Enter a time, such as 14:30."),
        ({"slot": "", "outside": "on", "time": "10:00", "day": "soon"}, "Choose a day"),
        ({"slot": "", "outside": "on", "time": "10:00", "until": "09:00"}, "The end must be after the start."),
    ],
)
def test_what_cannot_be_booked_is_said_at_the_form_and_what_was_typed_stays(press, booking, sent, words):
    answer = press("book", booking | {"title": "Roof survey"} | sent)

    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="Roof survey"' in answer.text
    assert not Write.objects.exists()


def test_a_read_only_connection_offers_a_link_instead_and_refuses(press, booking, as_alice, dana, remote):
    remote.may_write = False

    form = as_alice.get(f"/contacts/{dana.pk}/appointments/new/", **HTMX).text
    assert "An admin can allow writing." in form
    assert f'href="https://ghl.example/{dana.connection.external_id}/{dana.remote_id}"' in form
    assert 'name="day"' not in form

    assert press("book", booking).status_code == 422
    assert not Write.objects.exists()
    assert remote.calls == []


def test_without_the_scope_it_is_a_link_with_a_sentence(press, booking, as_alice, dana, remote):
    remote.scopes = ("contacts.readonly", "contacts.write")

    form = as_alice.get(f"/contacts/{dana.pk}/appointments/new/", **HTMX).text
    assert "This connection may not change calendars." in form
    assert "https://ghl.example/" in form
    assert "This connection may not change calendars." in press("book", booking).text
    assert not Write.objects.exists()

    remote.scopes = (*remote.scopes, "calendars/events.write")
    assert press("book", booking).status_code == 200


def test_a_time_that_was_taken_meanwhile_brings_the_form_back_as_it_was(press, booking, the_write, as_alice, dana):
    press("book", booking | {"title": "Roof survey"})
    taken = "Not booked. This time is no longer free in GoHighLevel. Choose another one."
    Write.objects.update(state="failed", reason=taken, options={"unfit": "start_at"}, can_retry=False)
    write = the_write()

    shown = as_alice.get(f"/contacts/{dana.pk}/appointments/new/", {"again": write.pk}, **HTMX).text
    assert taken in shown
    assert 'value="Roof survey"' in shown
    assert 'value="2027-03-02"' in shown

    press("book", booking | {"again": write.pk, "form": "c" * 32, "slot": "2027-03-02T11:00:00-05:00"})
    write.refresh_from_db()
    assert write.state == Write.State.DISMISSED
    assert Write.objects.exclude(pk=write.pk).get().changes["start_at"] == "2027-03-02T16:00:00+00:00"


def test_a_stranger_finds_nothing(press, booking, as_mallory, dana):
    assert press("book", booking, browser=as_mallory).status_code == 404
    for part in ("new", "slots"):
        assert as_mallory.get(f"/contacts/{dana.pk}/appointments/{part}/").status_code == 404
    assert not Write.objects.exists()


def test_a_failed_change_of_somebody_else_opens_no_form(as_alice, bob, dana, press, booking):
    press("book", booking)
    Write.objects.update(state="failed", actor=bob)

    where = f"/contacts/{dana.pk}/appointments/new/"
    assert as_alice.get(where, {"again": Write.objects.get().pk}, **HTMX).status_code == 404


def test_without_scripts_a_booking_leads_back_to_the_contact(press, booking, dana):
    answer = press("book", booking, htmx=False)

    assert answer.status_code == 302
    assert answer["Location"] == f"/contacts/{dana.pk}/"


def test_two_people_in_one_moment_do_not_share_a_form(press, booking, as_bob):
    press("book", booking)
    press("book", booking, browser=as_bob)

    assert Write.objects.count() == 2


def test_refused_words_come_from_the_command_as_well(dana, alice, remote):
    remote.may_write = False
    dana.connection.refresh_from_db()

    with pytest.raises(commands.Refused):
        commands.create(
            "appointment.create", dana.connection, {"start_at": timezone.now()}, contact=dana, actor=alice
        )
