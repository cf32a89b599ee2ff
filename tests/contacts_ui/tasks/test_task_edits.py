"""Tasks added, edited, put off and deleted here: what each press stores and shows, and what is refused."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from contacts_ui.components.record_form import RecordForm
from contacts_ui.formatting import due
from integrations.activity.models import Task
from integrations.sync.models import Write
from integrations.sync.push.merge import merge
from integrations.sync.push.same import same

HTMX = {"HX-Request": "true"}
NEW_YORK = ZoneInfo("America/New_York")
AT = datetime(2031, 5, 6, 14, 30, tzinfo=UTC)


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace)


@pytest.fixture
def task(dana, make_task):
    return make_task(dana, "Send the quote", body="Two pages", due_at=AT)


@pytest.fixture
def add(as_alice, dana):
    def _add(headers=HTMX, **fields):
        sent = {"title": "Call Rosa", "when": "tomorrow", "owner": "", **fields}
        return as_alice.post(f"/contacts/{dana.pk}/tasks/add/", sent, headers=headers)

    return _add


@pytest.fixture
def save(as_alice, task):
    """Sends fields of the form of the task as it was opened."""

    def _save(headers=HTMX, **fields):
        opened = {"title": "Send the quote", "body": "Two pages", "due_at": AT.isoformat(), "owner_remote_id": ""}
        sent = {"was": RecordForm(opened=opened).was, **fields}
        return as_alice.post(f"/contacts/{task.contact_id}/tasks/{task.pk}/save/", sent, headers=headers)

    return _save


def written():
    return [(write.operation, write.changes) for write in Write.objects.order_by("id")]


def moment(key):
    """A choice as a change holds it; two readings of the clock never straddle it in these tests' time."""
    return due.moments(timezone.now(), NEW_YORK)[key].astimezone(UTC).isoformat()


def test_the_form_is_due_tomorrow_and_for_whoever_asks(as_alice, dana, workspace, make_user):
    make_user(workspace, "Alice There", email="alice@example.com", remote_id="u1")
    form = " ".join(as_alice.get(f"/contacts/{dana.pk}/tasks/new/", headers=HTMX).content.decode().split())

    assert 'value="tomorrow" checked' in form
    assert '<option value="u1" selected>' in form
    assert "<html" not in form


def test_for_an_installation_admin_too(as_staff, staff, dana, workspace, make_user):
    make_user(workspace, "Somebody There", email=staff.email, remote_id="u1")

    assert '<option value="u1" selected>' in as_staff.get(f"/contacts/{dana.pk}/tasks/new/", headers=HTMX).text


def test_a_new_task_shows_at_once_among_what_comes_next(add):
    wanted = moment("tomorrow")
    answer = add(body="Bring samples")

    assert written() == [("task.create", {"title": "Call Rosa", "body": "Bring samples", "due_at": wanted})]
    assert 'hx-swap-oob="afterbegin:#pending-tasks"' in answer.content.decode()
    assert "Call Rosa" in answer.content.decode()


def test_nobody_is_nobody_and_a_chosen_person_is_the_one(add, workspace, make_user):
    make_user(workspace, "Alice There", email="alice@example.com", remote_id="u1")
    make_user(workspace, "Priya", remote_id="u2")
    add()
    add(owner="u2")

    assert [changes.get("owner_remote_id") for _, changes in written()] == [None, "u2"]


def test_a_picked_moment_is_one_of_the_zone_that_the_page_tells_times_in(as_alice, dana, add):
    as_alice.cookies["zone"] = "Europe/London"
    add(when="pick", due="2031-07-01T09:00")

    assert written()[0][1]["due_at"] in ("2031-07-01T13:00:00+00:00", "2031-07-01T08:00:00+00:00")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": "  "}, "A task needs a title."),
        ({"when": "pick", "due": "soon"}, "Choose a day and a time."),
        ({"when": "pick", "due": "9999-12-31T23:59"}, "Choose a day and a time."),
        ({"owner": "nobody-of-ours"}, "is not known here"),
        ({"title": "a\x00b"}, "characters that cannot be stored"),
    ],
)
def test_what_cannot_be_sent_comes_back_with_the_reason_and_all_that_was_typed(add, fields, said):
    answer = add(**{"body": "Bring samples", **fields})

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "Bring samples" in answer.content.decode()
    assert written() == []


def test_a_form_that_is_sent_twice_adds_one_task(add):
    token = uuid4().hex
    add(form=token)
    add(form=token)
    assert Write.objects.count() == 1
    add(form=token, title="Another one")  # somebody went back to it
    assert Write.objects.count() == 2


def test_without_javascript_the_task_is_added_and_the_page_shows_it(as_alice, add):
    page = as_alice.get(add(headers={})["Location"]).content.decode()
    assert "Task added." in page
    assert "Call Rosa" in page


def test_only_what_was_changed_is_sent_and_shows_at_once(save, task):
    shown = save(title="Send it", body="Two pages", when="pick", due="", owner="").content.decode()
    assert "Choose a day and a time." in shown, "an empty day is no day"

    shown = save(title="Send it", body="Two pages").content.decode()
    assert written() == [("task.update", {"title": "Send it"})]
    assert Write.objects.get().base == {"title": "Send the quote"}
    assert 'title="Send it"' in shown
    assert f'id="task-{task.pk}"' in shown


def test_the_minute_that_the_form_shows_is_no_change(as_alice, save, task):
    form = as_alice.get(f"/contacts/{task.contact_id}/tasks/{task.pk}/edit/", headers=HTMX).content.decode()
    shown = form.partition('name="due" value="')[2].partition('"')[0]
    Task.objects.update(due_at=AT + timedelta(seconds=31))
    answer = save(title="Send the quote", body="Two pages", when="pick", due=shown, owner="")

    assert "Nothing was changed." in answer.content.decode()
    assert written() == []


@pytest.mark.parametrize("key", ["today", "tomorrow", "next_week"])
def test_a_task_is_put_off_with_one_press(save, key):
    wanted = moment(key)
    save(when=key)
    assert written() == [("task.update", {"due_at": wanted})]
    assert Write.objects.get().base == {"due_at": AT.isoformat()}


def test_a_moment_that_is_none_brings_the_choices_again(save):
    answer = save(when="pick", due="later")
    assert answer.status_code == 422
    assert "compose--snooze" in answer.content.decode()
    assert "Send the quote" in answer.content.decode()


def test_a_task_without_a_day_gets_one_and_keeps_having_none(as_alice, dana, make_task):
    bare = make_task(dana, "Some day", due_at=None)
    url = f"/contacts/{dana.pk}/tasks/{bare.pk}/save/"
    fields = {"title": "Some day", "body": "", "when": "pick", "due": "", "owner": ""}
    as_alice.post(url, fields, headers=HTMX)
    assert written() == []
    wanted = moment("next_week")
    as_alice.post(url, {"when": "next_week"}, headers=HTMX)
    assert written() == [("task.update", {"due_at": wanted})]


def test_a_deleted_task_waits_with_its_undo_and_offers_no_edit(as_alice, task):
    url = f"/contacts/{task.contact_id}/tasks/{task.pk}/"
    shown = as_alice.post(f"{url}delete/", headers=HTMX).content.decode()

    assert written() == [("task.delete", {"is_deleted": True})]
    assert "is-going" in shown
    assert f"/changes/{Write.objects.get().pk}/undo/" in shown
    assert f"{url}edit/" not in shown


def test_a_tick_is_what_it_was_beside_an_edit(as_alice, save, task):
    save(title="Send it", body="Two pages")
    Write.objects.update(state="failed", reason="No.")
    url = f"/contacts/{task.contact_id}/tasks/{task.pk}/"
    assert "task--ticked" in as_alice.post(f"{url}complete/", headers=HTMX).content.decode()
    assert "task--idle" in as_alice.post(f"{url}undo/", headers=HTMX).content.decode()
    assert [write.state for write in Write.objects.order_by("id")] == ["failed", "undone"]


@pytest.mark.parametrize(("act", "state"), [("undo", "queued"), ("dismiss", "failed"), ("retry", "failed")])
def test_what_is_pressed_for_a_tick_touches_no_edit(as_alice, save, task, act, state):
    save(title="Send it", body="Two pages")
    Write.objects.update(state=state)
    as_alice.post(f"/contacts/{task.contact_id}/tasks/{task.pk}/{act}/", headers=HTMX)

    assert [write.state for write in Write.objects.all()] == [state]


class TestOfHTML:
    """A task whose details came from GHL as HTML."""

    BODY = "<p>Two <b>pages</b></p><p>for Tom &amp; Ana</p>\n"

    @pytest.fixture
    def form(self, as_alice, task):
        """Sends the form as the page shows it, with what somebody changed."""
        Task.objects.filter(pk=task.pk).update(body=self.BODY)
        url = f"/contacts/{task.contact_id}/tasks/{task.pk}"
        page = as_alice.get(f"{url}/edit/", headers=HTMX)
        shown = page.context["form"]

        def _send(**fields):
            values = {name: shown.values[name] for name in ("title", "body", "due", "when")}
            values["body"] = values["body"].replace("\n", "\r\n")
            sent = {"was": shown.was, "owner": "", **values, **fields}
            return as_alice.post(f"{url}/save/", sent, headers=HTMX)

        _send.page = page.content.decode()
        return _send

    def test_the_form_shows_its_words_without_tags_and_says_what_becomes_of_them(self, form):
        assert ">\nTwo pages\nfor Tom &amp; Ana</textarea>" in form.page
        assert "formatting" in form.page

    def test_saved_as_it_is_nothing_is_written(self, form):
        assert "Nothing was changed." in form().content.decode()
        assert written() == []

    def test_another_title_leaves_the_text_alone(self, form):
        form(title="Send it")
        assert written() == [("task.update", {"title": "Send it"})]

    def test_another_text_is_written_as_it_was_typed_over_the_html_that_was_seen(self, form):
        form(body="Two pages\r\nfor <b>Ana</b>")
        assert written() == [("task.update", {"body": "Two pages\nfor <b>Ana</b>"})]
        assert Write.objects.get().base == {"body": self.BODY}

    @pytest.mark.parametrize(
        ("there", "is_crossed"), [("<p>Three pages</p>", True), (f"<div>{BODY}</div>", False)]
    )
    def test_what_ghl_says_meanwhile_is_noticed_by_its_words(self, form, there, is_crossed):
        form(body="Only one page")
        write = Write.objects.get()
        found = merge(base=write.base, changes=write.changes, theirs={"body": there}, same=same)
        assert bool(found.conflicts) == is_crossed

    def test_what_cannot_be_saved_comes_back_as_it_was_typed(self, form):
        again = form(title="", body="Only one page").content.decode()
        assert ">\nOnly one page</textarea>" in again
        assert "&lt;p&gt;Two" in again  # as it was opened


def test_blank_ends_of_a_plain_text_are_no_edit(as_alice, task, save):
    Task.objects.filter(pk=task.pk).update(body="Two pages\n")
    opened = {"title": "Send the quote", "body": "Two pages\n", "due_at": AT.isoformat(), "owner_remote_id": ""}
    save(was=RecordForm(opened=opened).was, body="Two pages")
    assert written() == []


def test_what_somebody_else_changed_meanwhile_is_met_as_it_was_seen(save):
    Task.objects.update(title="Changed over there")
    save(title="Send it", body="Two pages")

    # Not what the cache says by now: the look before sending finds that both have changed it.
    assert Write.objects.get().base == {"title": "Send the quote"}


@pytest.mark.parametrize("act", ["add", "save", "delete"])
def test_a_read_only_account_refuses_every_act_with_its_reason(as_alice, dana, task, remote, act):
    remote.may_write = False
    part = "add" if act == "add" else f"{task.pk}/{act}"
    answer = as_alice.post(f"/contacts/{dana.pk}/tasks/{part}/", {"title": "New"}, headers=HTMX).content.decode()

    assert "connected for reading" in answer
    assert written() == []


def test_a_read_only_page_offers_neither_edit_nor_snooze(as_alice, dana, task, remote):
    remote.may_write = False
    page = as_alice.get(f"/contacts/{dana.pk}/").content.decode()
    assert "/tasks/new/" not in page
    assert f"/tasks/{task.pk}/edit/" not in page


@pytest.mark.parametrize("act", ["edit", "snooze", "save", "delete"])
def test_a_stranger_and_another_contact_find_no_task(as_mallory, as_alice, workspace, make_contact, task, act):
    other = make_contact(workspace, "Owen Tate")
    for client, contact in ((as_mallory, task.contact), (as_alice, other)):
        ask = client.get if act in ("edit", "snooze") else client.post
        assert ask(f"/contacts/{contact.pk}/tasks/{task.pk}/{act}/").status_code == 404
    assert written() == []


def test_a_priority_is_set_in_the_form_shows_in_words_and_is_no_change_for_anybody_else(save, task):
    shown = save(title="Send the quote", body="Two pages", priority="high").content.decode()

    assert "High priority</span>" in shown
    assert Task.objects.get().priority == "high"
    assert written() == []
    save(when="tomorrow")
    assert Task.objects.get().priority == "high", "the form to put it off has none"


def test_a_page_shows_a_priority_and_only_where_it_is_not_normal(as_alice, dana, task, make_task):
    make_task(dana, "Urgent", priority="high")
    page = as_alice.get(f"/contacts/{dana.pk}/").content.decode()

    assert page.count("High priority</span>") == 1
    assert page.count("priority--") == 1


def test_the_form_says_that_a_priority_is_kept_here_only(as_alice, dana, task):
    for part in ("new", f"{task.pk}/edit"):
        form = as_alice.get(f"/contacts/{dana.pk}/tasks/{part}/", headers=HTMX).content.decode()
        assert "Only in Throughline" in form


def test_a_new_task_keeps_its_priority_beside_what_is_sent(add):
    shown = add(priority="low").content.decode()

    assert "Low priority</span>" in shown
    assert Write.objects.get().options == {"priority": "low"}
    assert "priority" not in Write.objects.get().changes


def test_a_priority_that_is_none_comes_back_with_the_reason(add, save, task):
    assert "is high, normal or low" in add(priority="urgent").content.decode()
    answer = save(title="Send it", body="Two pages", priority="urgent")
    assert answer.status_code == 422
    assert written() == []


def test_a_read_only_account_keeps_no_priority_either(save, task, remote):
    remote.may_write = False
    save(title="Send the quote", body="Two pages", priority="high")
    assert Task.objects.get().priority == ""
