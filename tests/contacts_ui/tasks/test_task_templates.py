"""Task templates: who edits them, what a contact's preview says, and that all their tasks are added once."""

import re
from datetime import UTC, datetime
from html import unescape
from itertools import chain
from urllib.parse import urljoin
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from contacts_ui.formatting import due
from integrations.activity.models import Contact, RemoteUser, TaskTemplate
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


def test_whoever_goes_back_to_the_form_and_applies_another_template_adds_the_tasks_of_both(
    apply, as_alice, dana, workspace
):
    other = TaskTemplate.objects.create(workspace=workspace, name="Review", steps=STEPS[:1])
    page = as_alice.get(f"/contacts/{dana.pk}/tasks/templates/", headers=HTMX).content.decode()
    seen = {f"seen.{key}": value for key, value in re.findall(r'name="seen.(\d+)" value="([^"]*)"', page)}
    apply(**seen)
    apply(template=other.pk, **seen)
    assert Write.objects.count() == 3


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


class TestWhoAndDetails:
    @pytest.fixture
    def priya(self, workspace, make_user):
        return make_user(workspace, "Priya Raman", remote_id="u1")

    @pytest.fixture
    def me(self, workspace, make_user, alice):
        return make_user(workspace, "Alice North", remote_id="u9", email=alice.email)

    @pytest.fixture
    def template(self, workspace):
        def _template(**step):
            steps = [{"title": "Call them", "days": 1} | step]
            return TaskTemplate.objects.create(workspace=workspace, name="Onboarding", steps=steps)

        return _template

    @pytest.fixture
    def chosen(self, as_alice, dana):
        """What the choice shows, and what pressing its button then writes."""

        def _chosen(template):
            here = f"/contacts/{dana.pk}/tasks/templates/"
            page = as_alice.get(here, headers=HTMX).content.decode()
            seen = re.search(r'name="seen.\d+" value="([^"]*)"', page)[1]
            sent = {"template": template.pk, f"seen.{template.pk}": seen, "form": uuid4().hex}
            answer = as_alice.post(f"{here}apply/", sent, headers=HTMX)
            assert answer.status_code == 200, answer.content.decode()
            return re.sub(r"\s+", " ", page), Write.objects.get().changes

        return _chosen

    def test_a_manager_gives_a_step_details_and_an_assignee(self, save, priya, as_alice, workspace):
        sent = {"body": ("Ask for the roof plan.\r\nThen thank them.", "", ""), "owner": ("u1", "", "@contact")}
        assert save(**sent).status_code == 302

        first, last = TaskTemplate.objects.get().steps
        assert (first["body"], first["owner"]) == ("Ask for the roof plan.\nThen thank them.", "u1")
        assert last == {"title": "Send it", "days": 3, "owner": "@contact"}
        page = as_alice.get(f"/connections/{workspace.pk}/task-templates/").content.decode()
        assert '<option value="u1" selected>Priya Raman</option>' in page
        assert '<option value="@contact" selected>The contact&#x27;s owner</option>' in page.replace(
            "&#39;", "&#x27;"
        )
        assert ">\nAsk for the roof plan.\nThen thank them.</textarea>" in page

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"owner": ("nobody", "", "")}, "The assignee of “Call them” has left. Choose another one."),
            ({"body": ("x" * 5001, "", "")}, "The details of “Call them” have up to 5,000 characters."),
        ],
    )
    def test_what_cannot_be_kept_of_them_is_said_and_stays_typed(self, save, fields, said):
        answer = save(**fields)
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert next(iter(fields.values()))[0] in answer.content.decode()
        assert not TaskTemplate.objects.exists()

    def test_somebody_of_another_account_is_nobody_here(self, save, other_workspace, make_user):
        make_user(other_workspace, "Stranger", remote_id="u7")
        assert save(owner=("u7", "", "")).status_code == 422

    def test_without_either_the_task_goes_to_whoever_applies_it(self, chosen, template, me):
        page, changes = chosen(template())
        assert "Tomorrow 09:00 · You" in re.sub("<[^>]*>", "", page)
        assert (changes["owner_remote_id"], "body" in changes) == ("u9", False)

    def test_details_are_shown_and_written(self, chosen, template):
        page, changes = chosen(template(body="Ask for <b>the plan</b>.\nThanks."))
        assert "Ask for &lt;b&gt;the plan&lt;/b&gt;. Thanks." in page
        assert changes["body"] == "Ask for <b>the plan</b>.\nThanks."

    def test_a_named_user_gets_it(self, chosen, template, priya, me):
        page, changes = chosen(template(owner="u1"))
        assert "· Priya Raman" in page
        assert changes["owner_remote_id"] == "u1"

    def test_the_contacts_owner_gets_it(self, chosen, template, priya, me, dana):
        Contact.objects.filter(pk=dana.pk).update(owner_remote_id="u1")
        page, changes = chosen(template(owner="@contact"))
        assert "· Priya Raman" in page
        assert changes["owner_remote_id"] == "u1"

    def test_a_contact_without_an_owner_leaves_it_to_whoever_applies_it(self, chosen, template, me):
        page, changes = chosen(template(owner="@contact"))
        assert "The contact has no owner, so it goes to you." in page
        assert changes["owner_remote_id"] == "u9"

    @pytest.mark.parametrize("owner", ["u1", "@contact"])
    def test_an_assignee_who_has_left_leaves_it_to_whoever_applies_it(
        self, chosen, template, priya, me, dana, now, owner
    ):
        RemoteUser.objects.filter(pk=priya.pk).update(deleted_at=now)
        Contact.objects.filter(pk=dana.pk).update(owner_remote_id="u1")
        page, changes = chosen(template(owner=owner))
        assert "Priya Raman is no longer in GHL, so it goes to you." in page
        assert changes["owner_remote_id"] == "u9"

    def test_a_user_of_the_same_address_who_has_left_takes_nothing_from_the_one_who_is_there(
        self, chosen, template, me, now
    ):
        left = RemoteUser.objects.get(remote_id="u9")
        left.pk, left.remote_id, left.deleted_at = None, "u8", now
        left.save()
        page, changes = chosen(template(owner="gone"))
        assert "so it goes to you." in page
        assert changes["owner_remote_id"] == "u9"

    def test_whoever_is_nobody_there_is_told_that_nobody_gets_it(self, chosen, template):
        page, changes = chosen(template(owner="gone"))
        assert "Unnamed user is no longer in GHL, so nobody is assigned." in page
        assert not changes.get("owner_remote_id")

    def test_who_has_left_stands_marked_in_the_template_until_somebody_else_is_chosen(
        self, save, as_alice, template, priya, workspace, now
    ):
        kept = template(owner="u1")
        RemoteUser.objects.filter(pk=priya.pk).update(deleted_at=now)
        page = as_alice.get(f"/connections/{workspace.pk}/task-templates/").content.decode()
        assert '<option value="u1" selected>Priya Raman (has left)</option>' in page
        again = {"template": kept.pk, "titles": ("Call them",), "days": ("1",)}
        assert "has left. Choose another one." in save(owner=("u1",), **again).content.decode()
        assert save(owner=("",), **again).status_code == 302

    def test_nothing_is_added_once_it_would_go_to_somebody_else_than_was_shown(
        self, as_alice, dana, template, priya, me, make_user, workspace
    ):
        make_user(workspace, "Theo Lang", remote_id="u2")
        one = template(owner="@contact")
        Contact.objects.filter(pk=dana.pk).update(owner_remote_id="u1")
        here = f"/contacts/{dana.pk}/tasks/templates/"
        seen = re.search(r'name="seen.\d+" value="([^"]*)"', as_alice.get(here, headers=HTMX).content.decode())[1]
        Contact.objects.filter(pk=dana.pk).update(owner_remote_id="u2")

        sent = {"template": one.pk, f"seen.{one.pk}": seen, "form": uuid4().hex}
        answer = as_alice.post(f"{here}apply/", sent, headers=HTMX)

        assert answer.status_code == 422
        assert "who gets its tasks, has changed since you opened it" in answer.content.decode()
        assert "Theo Lang" in answer.content.decode()
        assert not Write.objects.exists()

    def test_many_templates_cost_no_more_queries(
        self, as_alice, dana, workspace, priya, django_assert_max_num_queries
    ):
        steps = [{"title": f"Task {number}", "days": 1, "owner": "u1", "body": "x"} for number in range(20)]
        for number in range(10):
            TaskTemplate.objects.create(workspace=workspace, name=f"Template {number}", steps=steps)
        with django_assert_max_num_queries(8):
            as_alice.get(f"/contacts/{dana.pk}/tasks/templates/", headers=HTMX)


class TestVeryMany:
    """An account with more templates than a page holds."""

    @pytest.fixture(autouse=True)
    def _many(self, workspace):
        TaskTemplate.objects.bulk_create(
            TaskTemplate(workspace=workspace, name=f"T{number:03} & co", steps=STEPS) for number in range(45)
        )

    def walk(self, browser, address, pattern, **how):
        """The names on each page, from one link to the next."""
        pages = []
        while address:
            page = browser.get(address, **how).content.decode()
            pages.append(re.findall(pattern, page))
            following = re.search(r'<a href="([^"]*after=[^"]*)"', page)
            address = following and urljoin(address, unescape(following[1]))
        return pages

    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_those_of_a_contact_come_page_by_page_each_once(self, as_alice, dana, headers):
        address = f"/contacts/{dana.pk}/tasks/templates/"
        pages = self.walk(as_alice, address, r"<bdi>T(\d{3}) &amp; co</bdi>", headers=headers)

        assert [len(page) for page in pages] == [20, 20, 5]
        assert list(chain(*pages)) == [f"{number:03}" for number in range(45)]

    def test_an_address_says_how_many_are_shown(self, as_alice, dana):
        page = as_alice.get(f"/contacts/{dana.pk}/tasks/templates/?templates=21").content.decode()
        assert page.count('class="preview"') == 40

    def test_the_next_ones_are_a_part_of_the_form_alone(self, as_alice, dana):
        part = as_alice.get(f"/contacts/{dana.pk}/tasks/templates/?after=T019 %26 co", headers=HTMX)
        assert "<form" not in part.content.decode()
        assert "details" in part.content.decode()

    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_where_the_rest_was_deleted_meanwhile_there_are_no_more_and_not_none(self, as_alice, dana, headers):
        TaskTemplate.objects.filter(name__gt="T019 & co").delete()

        part = as_alice.get(f"/contacts/{dana.pk}/tasks/templates/?after=T019 %26 co", headers=headers)
        assert "There are no more templates." in part.content.decode()
        assert "no task templates yet" not in part.content.decode()

    def test_one_far_down_is_added_and_shown_again_where_it_cannot_be(self, as_alice, dana):
        last = TaskTemplate.objects.order_by("name").last()
        address = f"/contacts/{dana.pk}/tasks/templates/"
        page = as_alice.get(f"{address}?after=T039 %26 co").content.decode()
        seen = re.search(rf'name="seen.{last.pk}" value="([^"]*)"', page)[1]
        sent = {"template": last.pk, f"seen.{last.pk}": "other", "form": uuid4().hex}

        again = as_alice.post(f"{address}apply/", sent, headers=HTMX).content.decode()
        assert f'name="seen.{last.pk}"' in again
        as_alice.post(f"{address}apply/", sent | {f"seen.{last.pk}": seen}, headers=HTMX)
        assert Write.objects.count() == len(STEPS)

    def test_those_that_are_edited_come_page_by_page(self, save, as_alice, workspace):
        address = f"/connections/{workspace.pk}/task-templates/"
        pages = self.walk(as_alice, address, r'aria-label="T(\d{3}) &amp; co"')
        assert [len(page) for page in pages] == [20, 20, 5]

    def test_whoever_saves_one_far_down_stays_there_and_finds_what_was_wrong(self, save, as_alice, workspace):
        address = f"/connections/{workspace.pk}/task-templates/?after=T019+%26+co"
        one = TaskTemplate.objects.order_by("name")[30]
        sent = {"template": one.pk, "name": one.name, "title": ["Call"], "days": ["2"]}

        assert as_alice.post(address, sent).url == address
        wrong = as_alice.post(address.partition("?")[0], sent | {"days": ["x"]})
        assert wrong.status_code == 422
        assert "must be a number from 0" in wrong.content.decode()
