"""The tick on the page: what each press does, with htmx and without JavaScript."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations.sync.models import Write

HTMX = {"HX-Request": "true"}
State = Write.State


@pytest.fixture
def task(workspace, make_contact, make_task):
    return make_task(make_contact(workspace), "Send the quote")


@pytest.fixture
def press(as_alice, task):
    def _press(act, **headers):
        return as_alice.post(f"/contacts/{task.contact_id}/tasks/{task.pk}/{act}/", headers=headers)

    return _press


def states(task):
    return list(Write.objects.about(task).order_by("id").values_list("state", flat=True))


def test_a_tick_shows_at_once_with_its_undo(press, task):
    row = press("complete", **HTMX).content.decode()
    assert "task--ticked" in row
    assert f"/tasks/{task.pk}/undo/" in row
    assert "<html" not in row
    assert states(task) == [State.QUEUED]


def test_a_repeated_click_makes_no_second_write(press, task):
    press("complete", **HTMX)
    press("complete", **HTMX)
    assert states(task) == [State.QUEUED]


def test_undo_in_time_takes_it_back_and_says_so(press, task):
    press("complete", **HTMX)
    answer = press("undo", **HTMX).content.decode()
    assert "task--idle" in answer
    assert "Undone. Nothing was sent." in answer
    assert states(task) == [State.UNDONE]


def test_undo_too_late_says_so_and_changes_nothing(press, task):
    press("complete", **HTMX)
    Write.objects.about(task).update(state=State.SENDING, sent_at=timezone.now())
    assert "Too late to undo" in press("undo", **HTMX).content.decode()
    assert states(task) == [State.SENDING]


def test_holding_the_undo_moves_the_sending_on(press, task):
    press("complete", **HTMX)
    Write.objects.about(task).update(not_before=timezone.now() + timedelta(seconds=1))
    before = Write.objects.about(task).get().not_before
    assert press("hold", **HTMX).status_code == 204
    assert Write.objects.about(task).get().not_before > before


def test_a_failure_can_be_tried_again_or_put_away(press, task):
    press("complete", **HTMX)
    Write.objects.about(task).update(state=State.FAILED, reason="Refused.")
    assert "task--failed" in press("complete", **HTMX).content.decode() or states(task)[-1] == State.QUEUED
    Write.objects.open().about(task).update(state=State.FAILED, reason="Refused.")
    press("retry", **HTMX)
    assert states(task)[-1] == State.QUEUED
    Write.objects.open().about(task).update(state=State.CONFLICT)
    assert "task--idle" in press("dismiss", **HTMX).content.decode()


def test_without_write_access_the_reason_stands_in_the_row(press, task, remote):
    remote.may_write = False
    row = press("complete", **HTMX).content.decode()
    assert "task--failed" in row
    assert 'role="alert"' in row
    assert states(task) == []


def test_without_javascript_every_press_returns_to_the_row(press, task):
    answer = press("complete")
    assert answer.status_code == 302
    assert answer["Location"] == f"/contacts/{task.contact_id}/#task-{task.pk}"
    assert states(task) == [State.QUEUED]


def test_a_page_that_waits_gets_nothing_until_the_look_changes(press, as_alice, task):
    press("complete", **HTMX)
    url = f"/contacts/{task.contact_id}/tasks/{task.pk}/"
    assert as_alice.get(f"{url}?seen=ticked", headers=HTMX).status_code == 204
    Write.objects.about(task).update(state=State.SENDING)
    assert "Sending to GHL" in as_alice.get(f"{url}?seen=ticked", headers=HTMX).content.decode()


def test_a_press_from_another_site_is_refused(alice, task):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(alice, "allauth.account.auth_backends.AuthenticationBackend")
    answer = careful.post(f"/contacts/{task.contact_id}/tasks/{task.pk}/complete/")
    assert answer.status_code == 403
    assert "This form has expired" in answer.content.decode()
    assert states(task) == []
