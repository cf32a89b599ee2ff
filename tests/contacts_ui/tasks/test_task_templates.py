"""Task templates: who edits them, what a contact's preview says, and that all their tasks are added once."""

import re
from datetime import UTC, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from contacts_ui.formatting import due
from integrations.activity.models import TaskTemplate
from integrations.sync.models import Write
from integrations.workspace.models import AuditEntry, Membership

HTMX = {"HX-Request": "true"}
STEPS = [{"title": "Call them", "days": 1}, {"title": "Send the contract", "days": 3}]


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace)


@pytest.fixture
def onboarding(workspace):
    return TaskTemplate.objects.create(workspace=workspace, name="Onboarding", steps=STEPS)


@pytest.fixture
def preview(as_alice, dana, onboarding):
    """The choice as a browser shows it, and what it would send."""
    page = as_alice.get(f"/contacts/{dana.pk}/tasks/templates/", headers=HTMX).content.decode()
    seen = re.search(r'name="seen.\d+" value="([^"]*)"', page)[1]
    return page, {"template": onboarding.pk, f"seen.{onboarding.pk}": seen, "form": uuid4().hex}


@pytest.fixture
def apply(as_alice, dana, preview):
    def _apply(headers=HTMX, **fields):
        return as_alice.post(f"/contacts/{dana.pk}/tasks/templates/apply/", preview[1] | fields, headers=headers)

    return _apply


@pytest.fixture
def save(as_alice, alice, workspace):
    Membership.objects.filter(user=alice).update(role=Membership.Role.MANAGER)

    def _save(name="Onboarding", titles=("Call them", "", "Send it"), days=("1", "", "3"), **fields):
        sent = {"name": name, "title": titles, "days": days, **fields}
        return as_alice.post(f"/connections/{workspace.pk}/task-templates/", sent)

    return _save


def test_a_manager_saves_changes_and_deletes_a_template(save, workspace):
    assert save().status_code == 302
    kept = TaskTemplate.objects.get(workspace=workspace)
    assert (kept.name, [one["days"] for one in kept.steps]) == ("Onboarding", [1, 3])

    save(name="Welcome", template=kept.pk)
    assert TaskTemplate.objects.get().name == "Welcome"
    save(template=kept.pk, delete="1")
    assert not TaskTemplate.objects.exists()
    assert AuditEntry.objects.filter(act__startswith="task_template.").count() == 3


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, "needs a name"),
        ({"titles": (), "days": ()}, "between 1 and 20 tasks"),
        ({"days": ("soon", "", "3")}, "must be a number from 0 to 365"),
        ({"days": ("366", "", "3")}, "must be a number from 0 to 365"),
    ],
)
def test_what_cannot_be_kept_comes_back_as_it_was_typed(save, fields, said):
    answer = save(**fields)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not TaskTemplate.objects.exists()


def test_two_templates_of_an_account_have_two_names(save, onboarding):
    assert "has this name already" in save().content.decode()


def test_a_template_of_another_account_is_not_found(save, other_workspace):
    theirs = TaskTemplate.objects.create(workspace=other_workspace, name="Theirs", steps=STEPS)
    assert save(template=theirs.pk, delete="1").status_code == 404
    assert TaskTemplate.objects.get() == theirs


def test_the_preview_tells_every_task_with_its_date_before_anything_is_added(preview):
    page, _ = preview
    assert "Call them" in page
    assert "Tomorrow" in page
    assert "Add\n              2 tasks" in page
    assert not Write.objects.exists()


def test_all_its_tasks_are_added_with_dates_counted_from_now_in_the_zone_of_the_account(apply):
    shown = apply().content.decode()

    zone, now = ZoneInfo("America/New_York"), datetime.now(UTC)
    wanted = [due.after(one["days"], now, zone).astimezone(UTC).isoformat() for one in STEPS]
    made = [write.changes for write in Write.objects.filter(operation="task.create").order_by("id")]
    assert [(one["title"], one["due_at"]) for one in made] == [
        ("Call them", wanted[0]),
        ("Send the contract", wanted[1]),
    ]
    assert 'hx-swap-oob="afterbegin:#pending-tasks"' in shown
    assert "2 tasks added." in shown


def test_a_form_that_is_sent_twice_adds_its_tasks_once(apply):
    apply()
    apply()
    assert Write.objects.count() == 2


def test_a_template_that_was_changed_meanwhile_is_shown_again_and_adds_nothing(apply, onboarding):
    onboarding.steps = [{"title": "Something else", "days": 9}]
    onboarding.save()
    answer = apply()

    assert answer.status_code == 422
    assert "has changed since you opened it" in answer.content.decode()
    assert "Something else" in answer.content.decode()
    assert not Write.objects.exists()


def test_a_read_only_account_says_why_and_adds_nothing(apply, remote):
    remote.may_write = False
    assert "connected for reading" in apply().content.decode()
    assert not Write.objects.exists()


def test_without_javascript_the_page_shows_what_was_added(as_alice, apply):
    page = as_alice.get(apply(headers={})["Location"]).content.decode()
    assert "2 tasks added." in page
    assert "Send the contract" in page


def test_a_template_of_another_account_adds_nothing(apply, other_workspace):
    theirs = TaskTemplate.objects.create(workspace=other_workspace, name="Theirs", steps=STEPS)
    assert apply(template=theirs.pk).status_code == 422
    assert not Write.objects.exists()
