"""Two people want the same, or the opposite, of one record: each sees and decides about theirs, and loses none."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.models import Contact
from integrations.sync import commands
from integrations.sync.models import Write
from integrations.workspace.models import Membership
from tests.conftest import person
from tests.contacts_ui.changes.test_changes_page import PAGE, count_in, rows, text

HTMX = {"headers": {"HX-Request": "true"}}
State = Write.State


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace)


@pytest.fixture
def task(dana, make_task):
    return make_task(dana, "Send the quote")


@pytest.fixture
def erin(workspace):
    """A colleague of Alice, who oversees nobody either."""
    return person("erin@example.com", workspace, Membership.Role.REP)


@pytest.fixture
def as_erin(erin, sign_in):
    return sign_in(erin)


@pytest.fixture
def press(task):
    def _press(browser, act):
        return text(browser.post(f"/contacts/{task.contact_id}/tasks/{task.pk}/{act}/", **HTMX))

    return _press


@pytest.fixture
def row(task):
    return lambda browser: text(browser.get(f"/contacts/{task.contact_id}/tasks/{task.pk}/", **HTMX))


def states():
    return list(Write.objects.order_by("pk").values_list("state", flat=True))


def fail(**fields):
    Write.objects.update(**{"state": State.FAILED, "reason": "Refused.", "settled_at": timezone.now()} | fields)


def buttons(shown):
    return set(re.findall(r'hx-post="[^"]*/(undo|retry|dismiss|complete|reopen)/"', shown))


def test_each_finds_theirs_under_your_changes_with_its_number(as_alice, as_erin, press):
    press(as_alice, "complete")
    press(as_erin, "complete")
    first, second = Write.objects.order_by("pk")

    for browser, write in ((as_alice, first), (as_erin, second)):
        shown = browser.get(PAGE)
        assert (rows(shown), count_in(shown)) == ([write.pk], 1)
        assert f"{PAGE}{write.pk}/undo/" in text(shown)
        assert count_in(browser.get("/contacts/")) == 1


def test_who_waits_behind_a_colleagues_is_told_what_that_waits_for(as_alice, as_erin, press, row, task):
    press(as_alice, "complete")
    press(as_erin, "complete")
    why = "Not sent yet. It will go out when GHL works again."
    Write.objects.update(not_before=timezone.now())
    Write.objects.filter(actor__email="alice@example.com").update(reason=why, attempts=1)
    own = Write.objects.get(actor__email="erin@example.com")

    for address in (PAGE, f"{PAGE}{own.pk}/", f"/contacts/{task.contact_id}/"):
        shown = text(as_erin.get(address, **({} if address == PAGE else HTMX)))
        assert why in shown
        assert "Sending to GHL" not in shown
    assert "task--held" in row(as_erin)
    assert buttons(row(as_erin)) == {"undo"}


@pytest.mark.parametrize("is_unknown", [True, False])
def test_each_decides_about_their_failure_alone(as_alice, as_erin, press, row, is_unknown):
    press(as_alice, "complete")
    press(as_erin, "complete")
    fail(is_unknown=is_unknown)
    first, second = Write.objects.order_by("pk")

    for browser, write in ((as_alice, first), (as_erin, second)):
        assert set(re.findall(rf"{PAGE}{write.pk}/(retry|dismiss)/", text(browser.get(PAGE)))) == {
            "retry",
            "dismiss",
        }
        assert buttons(row(browser)) == {"retry", "dismiss"}
    press(as_alice, "dismiss")
    assert states() == [State.DISMISSED, State.FAILED]
    assert count_in(as_alice.get(PAGE)) is None
    assert count_in(as_erin.get(PAGE)) == 1


def test_who_undoes_a_shared_tick_is_told_that_it_is_still_sent_and_for_whom(as_alice, as_erin, press, row):
    press(as_alice, "complete")
    press(as_erin, "complete")
    assert "Undo yours" not in row(as_alice)

    answer = press(as_alice, "undo")

    assert "Undone. What Erin asked for is still sent." in answer
    assert "task--ticked" in answer
    assert states() == [State.UNDONE, State.QUEUED]
    assert "Undone. Nothing was sent." in press(as_erin, "undo")


def test_what_the_second_takes_back_still_shows_as_the_firsts(as_alice, as_erin, press, row):
    press(as_alice, "complete")
    press(as_erin, "complete")
    press(as_erin, "undo")

    assert "task--ticked" in row(as_alice)
    assert buttons(row(as_alice)) == {"undo"}
    assert "task--ticked" in row(as_erin)
    assert buttons(row(as_erin)) == set()


def test_a_tick_under_a_colleagues_opposite_can_be_taken_back_where_it_is_shown(as_alice, as_erin, press, row):
    press(as_alice, "complete")
    press(as_erin, "reopen")
    for browser, offered in ((as_alice, True), (as_erin, False)):
        shown = row(browser)
        assert "task--reopening" in shown
        assert ("Undo yours" in shown) is offered
        assert ("Erin asked for the opposite. Yours is sent first, unless you undo it." in shown) is offered
        assert buttons(shown) == {"undo"}

    answer = press(as_alice, "undo")

    assert "What Erin asked for is still sent." in answer
    assert "task--reopening" in answer
    assert states() == [State.UNDONE, State.QUEUED]


def test_and_the_colleague_takes_back_the_opposite_alone(as_alice, as_erin, press, row):
    press(as_alice, "complete")
    press(as_erin, "reopen")
    press(as_erin, "undo")

    assert states() == [State.QUEUED, State.UNDONE]
    assert "task--ticked" in row(as_alice)
    assert buttons(row(as_alice)) == {"undo"}


def test_the_timeline_offers_it_as_well(as_alice, as_erin, press, task):
    press(as_alice, "complete")
    press(as_erin, "reopen")

    assert "Undo yours" in text(as_alice.get(f"/contacts/{task.contact_id}/"))
    assert "Undo yours" not in text(as_erin.get(f"/contacts/{task.contact_id}/"))


def test_undo_is_held_for_ones_own(as_alice, as_erin, press, task):
    press(as_alice, "complete")
    press(as_erin, "reopen")
    Write.objects.update(not_before=timezone.now() + timedelta(seconds=1))
    first, second = Write.objects.order_by("pk")

    as_alice.post(f"/contacts/{task.contact_id}/tasks/{task.pk}/hold/")

    assert Write.objects.get(pk=first.pk).not_before > first.not_before
    assert Write.objects.get(pk=second.pk).not_before == second.not_before


def test_a_manager_who_presses_the_opposite_takes_back_all_of_them(as_alice, as_erin, as_bob, press):
    press(as_alice, "complete")
    press(as_erin, "complete")

    assert "task--idle" in press(as_bob, "reopen")
    assert states() == [State.UNDONE, State.UNDONE]


def test_an_edit_of_both_stands_at_its_record_as_the_viewers_own(as_alice, as_erin, alice, erin, task):
    for who in (alice, erin):
        commands.write("task.update", task, {"title": "Call first"}, actor=who)
    fail()
    first, second = Write.objects.order_by("pk")
    page = f"/contacts/{task.contact_id}/"

    for browser, own, other in ((as_alice, first, second), (as_erin, second, first)):
        for address in (page, f"{page}tasks/{task.pk}/"):
            shown = text(browser.get(address, **({} if address == page else HTMX)))
            assert f"/changes/{own.pk}/retry/" in shown
            assert f'id="pending-{other.pk}"' not in shown


def test_a_change_of_the_contact_that_two_want_stands_once_in_its_profile(as_alice, as_bob, alice, bob, dana):
    for who in (alice, bob):
        commands.write("contact.update", dana, {"first_name": "Dee"}, actor=who)
    first, second = Write.objects.order_by("pk")

    for browser, own in ((as_alice, first), (as_bob, second)):
        assert re.findall(r'id="pending-(\d+)"', text(browser.get(f"/contacts/{dana.pk}/"))) == [str(own.pk)]


def test_who_takes_a_tag_off_again_that_a_colleague_adds_as_well_is_told(as_alice, as_erin, dana):
    for browser in (as_alice, as_erin):
        browser.post(f"/contacts/{dana.pk}/tags/", {"add": "gold"}, **HTMX)

    answer = text(as_alice.post(f"/contacts/{dana.pk}/tags/", {"remove": "gold"}, **HTMX))

    assert "gold: undone. What Erin asked for is still sent." in answer
    assert "tag--adding" in answer
    assert states() == [State.UNDONE, State.QUEUED]


def test_a_manager_takes_a_tag_off_again_for_all(as_alice, as_erin, as_bob, dana):
    for browser in (as_alice, as_erin):
        browser.post(f"/contacts/{dana.pk}/tags/", {"add": "gold"}, **HTMX)

    answer = text(as_bob.post(f"/contacts/{dana.pk}/tags/", {"remove": "gold"}, **HTMX))

    assert "gold: undone. Nothing was sent." in answer
    assert states() == [State.UNDONE, State.UNDONE]


def test_a_contact_that_two_move_into_a_business_comes_once(as_alice, alice, bob, workspace, dana, make_business):
    firm = make_business(workspace)
    for who in (alice, bob):
        commands.write("contact.set_business", dana, {"business_remote_id": firm.remote_id}, actor=who)
    own = Write.objects.get(actor=alice)

    shown = text(as_alice.get(f"/businesses/{firm.pk}/"))

    assert f'id="pending-{own.pk}"' in shown
    assert len(re.findall(r'id="pending-', shown)) == 1
    assert Contact.objects.get() == dana


def test_a_change_of_many_that_a_colleague_asked_for_already_is_counted_as_ones_own(as_alice, as_erin, dana):
    asked = {"act": "add", "value.add": "gold", "contact": [dana.pk]}
    for browser, form in ((as_alice, "a" * 20), (as_erin, "b" * 20)):
        browser.post("/contacts/bulk/", asked | {"form": form}, **HTMX)

    assert [count_in(browser.get(PAGE)) for browser in (as_alice, as_erin)] == [1, 1]
