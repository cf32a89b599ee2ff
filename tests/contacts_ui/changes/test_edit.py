"""A change that failed can be asked for with other values, in the place of the one that did not get through."""

import re
from html import unescape

import pytest
from django.utils import timezone

from integrations.activity.models import Task
from integrations.sync import commands
from integrations.sync.models import Write
from integrations.sync.push.commands import new_write
from tests.conftest import home_of


@pytest.fixture
def make_failed(make_contact, make_task, workspace, alice):
    def _make(operation="task.update", changes=None, state="failed", **fields):
        contact = make_contact(workspace)
        task = make_task(contact, "Call Dana")
        changes = (
            changes or {}
            if operation == "task.delete"
            else changes or {"title": "Call back", "due_at": "2026-03-02T15:30:00+00:00"}
        )
        known = {"state": state, "not_before": timezone.now(), "actor": alice, "reason": "Refused."}
        if operation.endswith(".create"):
            write = Write(
                connection=home_of(workspace),
                operation=operation,
                kind="task",
                contact=contact,
                changes=changes,
                base={},
            )
            for name, value in (known | fields).items():
                setattr(write, name, value)
        else:
            write = new_write(operation, task, changes, **(known | fields))
        write.save()
        return write

    return _make


def said(answer):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_the_list_offers_it_where_values_can_be_typed(as_alice, make_failed):
    edits, ticks = make_failed(), make_failed("task.delete")
    page = as_alice.get("/changes/").content.decode()
    assert f"/changes/{edits.pk}/edit/" in page
    assert f"/changes/{ticks.pk}/edit/" not in page


def test_the_page_of_the_contact_offers_it_beside_the_failure(as_alice, make_failed):
    write = make_failed()
    assert f"/changes/{write.pk}/edit/" in as_alice.get(f"/contacts/{write.contact_id}/").content.decode()


def test_of_what_was_deleted_nothing_else_can_be_asked_for(as_alice, make_failed):
    write = make_failed()
    Task.objects.update(deleted_at=timezone.now())

    page = as_alice.get("/changes/").content.decode()

    assert f"/changes/{write.pk}/dismiss/" in page
    assert f"/changes/{write.pk}/edit/" not in page


def test_nor_of_what_is_not_even_kept_any_more(make_failed, alice):
    write = make_failed()
    Task.objects.all().delete()

    with pytest.raises(commands.Refused, match="deleted in the meantime"):
        commands.edit_failed(write=write, changes={"title": "Write"}, actor=alice)


def test_the_form_holds_what_was_asked_for(as_alice, make_failed):
    write = make_failed()
    page = as_alice.get(f"/changes/{write.pk}/edit/").content.decode()
    assert 'name="title" type="text" value="Call back"' in page
    assert 'type="datetime-local" value="2026-03-02T' in page


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("Two pages\r\nfor Ana", "<p>Two <b>pages</b></p><p>for Ana</p>"), ("One page", "One page")],
)
def test_html_is_shown_as_its_words_and_sent_as_it_was_unless_these_are_changed(
    as_alice, make_failed, typed, sent
):
    write = make_failed(changes={"body": "<p>Two <b>pages</b></p><p>for Ana</p>"})
    assert ">Two pages\nfor Ana</textarea>" in as_alice.get(f"/changes/{write.pk}/edit/").content.decode()
    as_alice.post(f"/changes/{write.pk}/edit/", {"body": typed})
    assert Write.objects.open().get().changes == {"body": sent}


@pytest.mark.parametrize("operation", ["task.update", "task.create"])
def test_what_is_typed_is_sent_in_its_place(as_alice, make_failed, operation):
    write = make_failed(operation)
    answer = as_alice.post(f"/changes/{write.pk}/edit/", {"title": "Write", "due_at": "2026-03-03T09:00"})

    assert answer.url == "/changes/"
    write.refresh_from_db()
    again = Write.objects.open().get()
    assert (write.state, again.operation, again.changes["title"]) == ("dismissed", operation, "Write")
    assert again.contact_id == write.contact_id


def test_it_is_sent_at_once(make_failed, alice, now):
    again = commands.edit_failed(write=make_failed(), changes={"title": "Write"}, actor=alice, now=now)

    assert again.not_before == now


def test_what_was_chosen_beside_the_fields_goes_with_it(as_alice, make_failed):
    write = make_failed("task.create", options={"priority": "high", "not_permitted": True})
    as_alice.post(f"/changes/{write.pk}/edit/", {"title": "Write", "due_at": "2026-03-03T09:00"})
    assert Write.objects.open().get().options == {"priority": "high"}


def test_a_new_record_that_may_have_arrived_is_not_sent_anew_with_other_words(as_alice, make_failed, alice):
    write = make_failed("task.create", is_unknown=True)
    assert as_alice.get(f"/changes/{write.pk}/edit/").status_code == 404
    assert f"/changes/{write.pk}/edit/" not in as_alice.get("/changes/").content.decode()
    with pytest.raises(commands.Refused, match="may have arrived"):
        commands.edit_failed(write=write, changes={"title": "Write"}, actor=alice)


def test_what_cannot_be_sent_is_said_at_its_field_and_nothing_is_lost(as_alice, make_failed):
    write = make_failed()
    answer = as_alice.post(f"/changes/{write.pk}/edit/", {"title": "Write", "due_at": "soon"})
    assert answer.status_code == 422
    assert "must be a date and time" in said(answer)
    assert 'value="Write"' in answer.content.decode()
    assert Write.objects.get().state == "failed"


def test_a_refusal_keeps_the_failure(as_alice, make_failed, remote):
    write = make_failed()
    remote.may_write = False
    as_alice.post(f"/changes/{write.pk}/edit/", {"title": "Write", "due_at": "2026-03-03T09:00"})
    assert Write.objects.get().state == "failed"
    assert "This account is connected for reading." in said(as_alice.get("/changes/"))


@pytest.mark.parametrize("state", ["queued", "sending", "conflict", "dismissed", "confirmed"])
def test_only_what_failed_is_edited(as_alice, make_failed, alice, state):
    write = make_failed(state=state)
    assert as_alice.get(f"/changes/{write.pk}/edit/").status_code == 404
    with pytest.raises(commands.Refused, match="settled already"):
        commands.edit_failed(write=write, changes={"title": "Write"}, actor=alice)


def test_a_colleague_edits_nothing_of_it(as_alice, make_failed, bob):
    write = make_failed(actor=bob)
    assert as_alice.get(f"/changes/{write.pk}/edit/").status_code == 404


def test_who_oversees_the_account_goes_back_to_the_log_and_not_to_a_list_without_it(as_alice, as_bob, make_failed):
    write = make_failed()
    address, typed = f"/changes/{write.pk}/edit/", {"title": "Write", "due_at": "2026-03-03T09:00"}
    hers, his = (browser.get(address).content.decode() for browser in (as_alice, as_bob))
    assert '<a class="button" href="/changes/">Cancel</a>' in hers
    assert '<a class="crumb nowrap" href="/sync/">Sync log</a>' in his
    assert '<a class="button" href="/sync/">Cancel</a>' in his
    assert as_bob.post(address, typed).url == "/sync/"
