"""The tick on the page: what each press does, with htmx and without JavaScript."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations.activity.models import Task
from integrations.sync.models import Write
from integrations.workspace.models import Membership
from tests.conftest import person

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


@pytest.fixture
def press_as(task, sign_in):
    def _press(user, act):
        return sign_in(user).post(f"/contacts/{task.contact_id}/tasks/{task.pk}/{act}/", headers=HTMX)

    return _press


@pytest.fixture
def colleague(workspace):
    return person("erin@example.com", workspace, Membership.Role.REP)


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
    assert "task--sending" in press("retry", **HTMX).content.decode()
    assert states(task) == [State.DISMISSED, State.QUEUED]
    Write.objects.open().about(task).update(state=State.CONFLICT)
    assert "task--idle" in press("dismiss", **HTMX).content.decode()
    assert states(task) == [State.DISMISSED, State.DISMISSED]


NOT_YOURS = "This change is not yours. A manager can retry or dismiss it."


@pytest.mark.parametrize("act", ["retry", "dismiss"])
def test_a_colleague_can_neither_retry_nor_dismiss_somebody_elses_failure(press, press_as, colleague, task, act):
    press("complete", **HTMX)
    Write.objects.about(task).update(state=State.FAILED, reason="Refused.")

    assert NOT_YOURS in press_as(colleague, act).content.decode()
    assert states(task) == [State.FAILED]


def test_a_colleague_can_neither_undo_nor_hold_somebody_elses_tick(press, press_as, colleague, task):
    press("complete", **HTMX)
    Write.objects.about(task).update(not_before=timezone.now() + timedelta(seconds=1))
    before = Write.objects.about(task).get().not_before

    assert (
        "This change is not yours, so it was not undone. A manager can undo it."
        in press_as(colleague, "undo").content.decode()
    )
    assert press_as(colleague, "hold")["X-Held"] == "no"
    assert states(task) == [State.QUEUED]
    assert Write.objects.about(task).get().not_before == before


def test_a_manager_decides_about_all_of_them(press, press_as, bob, task):
    press("complete", **HTMX)
    assert press_as(bob, "hold")["X-Held"] == "yes"
    assert "Undone." in press_as(bob, "undo").content.decode()
    press("complete", **HTMX)
    Write.objects.open().about(task).update(state=State.FAILED, reason="Refused.")
    press_as(bob, "retry")
    assert states(task) == [State.UNDONE, State.DISMISSED, State.QUEUED]


def test_a_colleague_is_offered_none_of_it_but_can_tick_the_task_themselves(
    press, press_as, sign_in, colleague, task
):
    press("complete", **HTMX)
    shown = sign_in(colleague).get(f"/contacts/{task.contact_id}/tasks/{task.pk}/", headers=HTMX).content.decode()
    assert "/undo/" not in shown
    Write.objects.about(task).update(state=State.FAILED, reason="Refused.")
    for address in (f"/contacts/{task.contact_id}/tasks/{task.pk}/", f"/contacts/{task.contact_id}/"):
        page = sign_in(colleague).get(address, headers=HTMX).content.decode()
        assert "Refused." in page
        assert f"/tasks/{task.pk}/complete/" in page
        assert not any(f"/tasks/{task.pk}/{act}/" in page for act in ("retry", "dismiss"))

    press_as(colleague, "complete")
    assert states(task) == [State.FAILED, State.QUEUED]  # hers to dismiss, until theirs has brought it about


def test_the_opposite_of_somebody_elses_tick_takes_nothing_back_and_is_sent_after_it(
    press, press_as, colleague, task
):
    press("complete", **HTMX)
    press_as(colleague, "reopen")
    assert states(task) == [State.QUEUED, State.QUEUED]


def test_a_new_tick_puts_an_older_failure_away(press, task):
    press("complete", **HTMX)
    Write.objects.about(task).update(state=State.FAILED, reason="Refused.")
    assert "task--ticked" in press("complete", **HTMX).content.decode()
    assert states(task) == [State.DISMISSED, State.QUEUED]


def test_a_second_failure_is_told_apart_from_the_first(press, as_alice, task):
    press("complete", **HTMX)
    Write.objects.about(task).update(state=State.FAILED, reason="Refused.")
    press("retry", **HTMX)
    Write.objects.open().about(task).update(state=State.FAILED, reason="Refused.", settled_at=timezone.now())
    again = as_alice.get(f"/contacts/{task.contact_id}/tasks/{task.pk}/", headers=HTMX).content.decode()
    assert "Failed again, " in again


def test_a_tick_while_the_connection_is_lost_is_taken_and_says_when_it_goes_out(press, task, remote):
    remote.usable = False
    row = press("complete", **HTMX).content.decode()
    assert "task--held" in row
    assert "Not sent yet. It will go out when an admin reconnects Cedar North." in row
    assert f"/tasks/{task.pk}/undo/" in row
    assert states(task) == [State.QUEUED]


def test_a_task_that_is_deleted_while_its_undo_window_runs_says_so_and_asks_no_more(press, as_alice, task):
    press("complete", **HTMX)
    reason = "This task was deleted in GoHighLevel."
    Task.objects.update(deleted_at=timezone.now())
    Write.objects.about(task).update(state=State.FAILED, reason=reason, can_retry=False)
    row = as_alice.get(f"/contacts/{task.contact_id}/tasks/{task.pk}/?seen=sending", headers=HTMX)
    assert row.status_code == 200
    html = row.content.decode()
    assert f"Send the quote: {reason}" in " ".join(html.split())
    assert "every 1s" not in html
    assert "/retry/" not in html
    assert "task--gone" in press("dismiss", **HTMX).content.decode()


def test_a_deleted_task_can_be_pressed_and_says_why_nothing_happens(press, task):
    Task.objects.update(deleted_at=timezone.now())
    row = press("complete", **HTMX).content.decode()
    assert "This was deleted in the meantime, so nothing was sent." in row
    assert states(task) == []


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


@pytest.mark.parametrize(
    ("sender", "query"),
    [
        ("http://testserver/contacts/{}/?kind=task&q=roof", "?kind=task&q=roof"),
        ("http://testserver/contacts/?q=roof", ""),  # another page's filters
        ("http://elsewhere.example/contacts/{}/?kind=task", ""),
    ],
)
def test_without_javascript_the_filters_of_the_page_stay(press, task, sender, query):
    answer = press("complete", referer=sender.format(task.contact_id))
    assert answer["Location"] == f"/contacts/{task.contact_id}/{query}#task-{task.pk}"


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


def test_a_tick_reads_its_task_twice_and_stores_two_rows(press, django_assert_num_queries):
    press("complete", **HTMX)
    press("undo", **HTMX)
    # Session, person, workspaces, contact, task, the lock, earlier writes; the write and its audit; and where the
    # transaction begins and ends.
    with django_assert_num_queries(11) as asked:
        press("complete", **HTMX)
    assert sum("INSERT INTO" in query["sql"] for query in asked) == 2
