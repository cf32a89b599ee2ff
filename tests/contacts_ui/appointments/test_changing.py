"""A meeting is moved, called off and given an outcome; each waits a moment in which it can be taken back."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from integrations.activity.models import Appointment
from integrations.sync.models import Write
from tests.contacts_ui.appointments.conftest import HTMX

pytestmark = pytest.mark.django_db(transaction=True)


def form_of(browser, contact, meeting):
    shown = browser.get(f"/contacts/{contact.pk}/appointments/{meeting.pk}/edit/", **HTMX)
    form = shown.context["form"]
    return {name: value for name, value in form.values.items() if name != "outside"} | {"was": form.was}


@pytest.fixture
def sent(as_alice, dana, meeting):
    """The fields of the open form, as they would be sent untouched, with some of them changed."""
    form = form_of(as_alice, dana, meeting)
    return lambda **changed: form | changed


def test_the_form_shows_the_meeting_as_it_stands(as_alice, dana, meeting):
    shown = as_alice.get(f"/contacts/{dana.pk}/appointments/{meeting.pk}/edit/", **HTMX).text

    assert 'value="Site walk"' in shown
    assert "A moved meeting keeps its length." in shown
    assert "Cancel meeting" in shown
    assert "No show" not in shown  # it has not taken place


def test_a_moved_meeting_keeps_its_length_and_waits_for_a_moment(press, sent, the_write, meeting):
    start = meeting.start_at + timedelta(days=2)
    answer = press("move", sent(slot=start.isoformat(), offered="1"))

    assert answer.status_code == 200
    write = the_write()
    assert datetime.fromisoformat(write.changes["start_at"]) == start
    assert datetime.fromisoformat(write.changes["end_at"]) == start + timedelta(hours=1)
    assert datetime.fromisoformat(write.base["start_at"]) == meeting.start_at
    assert write.not_before > timezone.now()
    assert write.can_undo
    assert write.options == {}


def test_a_time_outside_the_offer_is_sent_unchecked_only_where_somebody_says_so(press, sent, the_write):
    press("move", sent(day="2027-03-02", time="18:30", offered="1", outside="on"))

    assert the_write().changes["start_at"] == "2027-03-02T23:30:00+00:00"
    assert the_write().options == {"ignores_slots": True}


def test_another_day_without_a_time_is_asked_for(press, sent):
    answer = press("move", sent(day="2027-03-02", offered="1"))

    assert answer.status_code == 422
    assert "Choose a time." in answer.text
    assert not Write.objects.exists()


def test_only_what_was_changed_is_sent(press, sent, the_write):
    press("move", sent(title="Roof walk", offered="1"))

    assert the_write().changes == {"title": "Roof walk"}


def test_an_untouched_form_changes_nothing(press, sent):
    assert press("move", sent()).status_code == 200
    assert not Write.objects.exists()


def test_what_somebody_changed_meanwhile_is_met_and_not_overwritten(press, sent, the_write, meeting):
    fields = sent(title="Roof walk")
    type(meeting).objects.filter(pk=meeting.pk).update(title="Site walk with Ana")

    press("move", fields)

    assert the_write().base == {"title": "Site walk"}


def test_an_owner_cannot_be_taken_away(press, sent, workspace, make_user, dana, meeting, as_alice):
    user = make_user(workspace)
    type(meeting).objects.filter(pk=meeting.pk).update(owner_remote_id=user.remote_id)
    was = as_alice.get(f"/contacts/{dana.pk}/appointments/{meeting.pk}/edit/", **HTMX).context["form"].was

    answer = press("move", sent(owner_id="", was=was))

    assert answer.status_code == 422
    assert "A meeting keeps an owner." in answer.text


def test_a_cancelled_meeting_can_be_taken_back(press, the_write):
    press("cancel")
    press("cancel")

    write = the_write()
    assert (write.operation, write.changes, write.can_undo) == (
        "appointment.cancel",
        {"status": "cancelled"},
        True,
    )


@pytest.mark.parametrize(
    ("status", "days", "after"),
    [
        ("cancelled", 2, "confirmed"),
        ("noshow", 2, "confirmed"),
        ("confirmed", 2, None),
        ("cancelled", -9, None),
    ],
)
def test_a_meeting_that_was_off_takes_place_once_it_is_moved_ahead(
    press, as_alice, dana, the_write, meeting, status, days, after
):
    Appointment.objects.update(status=status)
    start = meeting.start_at + timedelta(days=days)

    press("move", form_of(as_alice, dana, meeting) | {"slot": start.isoformat(), "offered": "1"})

    assert the_write().changes.get("status") == after
    assert the_write().base.get("status") == (status if after else None)


def test_the_form_of_a_cancelled_meeting_says_what_a_new_time_does(as_alice, dana, meeting):
    Appointment.objects.update(status="cancelled")

    shown = as_alice.get(f"/contacts/{dana.pk}/appointments/{meeting.pk}/edit/", **HTMX).text

    assert "This meeting is marked as cancelled. A new time in the future confirms it again." in shown


@pytest.mark.parametrize(("outcome", "status"), [("showed", "showed"), ("noshow", "noshow")])
def test_an_outcome_is_kept(press, the_write, outcome, status):
    press("outcome", {"outcome": outcome})

    assert the_write().changes == {"status": status}


def test_an_outcome_that_is_none_is_refused(press):
    answer = press("outcome", {"outcome": "late"})

    assert answer.status_code == 422
    assert "Choose whether they showed up or not." in answer.text
    assert not Write.objects.exists()


def test_a_past_meeting_asks_for_its_outcome_in_its_form(as_alice, dana, make_appointment):
    past = make_appointment(dana, starts_in=-2)

    shown = as_alice.get(f"/contacts/{dana.pk}/appointments/{past.pk}/edit/", **HTMX).text

    assert "Showed" in shown
    assert "No show" in shown


@pytest.mark.parametrize("act", ["move", "cancel", "outcome"])
def test_nothing_is_changed_on_a_read_only_connection_and_nobody_is_called(press, remote, act):
    remote.may_write = False

    answer = press(act, {"outcome": "showed", "title": "x"})

    assert answer.status_code == 422
    assert "An admin can allow writing." in answer.text
    assert not Write.objects.exists()
    assert remote.calls == []


@pytest.mark.parametrize("act", ["move", "cancel", "outcome"])
def test_nothing_is_changed_without_the_scope(press, remote, act):
    remote.scopes = ("contacts.write",)

    answer = press(act, {"outcome": "showed", "title": "x"})

    assert "This connection may not change calendars." in answer.text
    assert not Write.objects.exists()


@pytest.mark.parametrize("act", ["move", "cancel", "outcome"])
def test_a_stranger_changes_nothing(press, as_mallory, act):
    assert press(act, {"outcome": "showed"}, browser=as_mallory).status_code == 404
    assert not Write.objects.exists()


def test_a_meeting_of_another_contact_is_not_found_here(as_alice, workspace, make_contact, meeting):
    other = make_contact(workspace, "Ana Sol")

    assert as_alice.get(f"/contacts/{other.pk}/appointments/{meeting.pk}/edit/").status_code == 404
