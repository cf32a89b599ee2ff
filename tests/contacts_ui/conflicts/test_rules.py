"""The rules of conflicts: who may set them, what they may say, and that each change of one is written down."""

import re

import pytest
from django.utils import timezone

from integrations.activity.models import FieldDefinition
from integrations.sync.models import MergePolicy
from integrations.workspace.models import AuditEntry
from tests.conftest import home_of

PAGE = "/conflicts/rules/"


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def chosen(answer, name):
    select = re.search(rf'name="{re.escape(name)}">(.*?)</select>', text(answer))[1]
    return re.search(r'value="(\w*)" selected', select)[1] if "selected" in select else ""


def test_only_admins_find_the_rules(as_alice, as_bob, as_carol, as_staff, workspace):
    assert [one.get(PAGE).status_code for one in (as_alice, as_bob, as_carol, as_staff)] == [404, 404, 200, 200]


def test_the_inbox_and_the_connections_lead_admins_there(as_carol, as_bob, workspace):
    assert f'href="{PAGE}' in text(as_carol.get("/conflicts/"))
    assert f'href="{PAGE}?account={workspace.pk}"' in text(as_carol.get("/connections/"))
    assert f'href="{PAGE}' not in text(as_bob.get("/conflicts/"))


def test_every_kind_has_a_rule_for_all_fields_and_one_for_each_custom_fields_too(as_carol, workspace):
    FieldDefinition.objects.create(
        workspace=workspace,
        connection=home_of(workspace),
        remote_id="cf1",
        name="Roof <size>",
        data_type="TEXT",
        fetched_at=timezone.now(),
    )
    page = as_carol.get(PAGE)
    for kind in ("contact", "task", "note", "appointment"):
        assert chosen(page, f"{kind}:") == "ask"
    assert "Roof &lt;size&gt;" in text(page)
    assert chosen(page, "contact:custom_fields.cf1") == ""


def test_what_was_changed_is_saved_and_each_of_it_is_written_down(as_carol, carol, workspace):
    MergePolicy.objects.create(workspace=workspace, kind="task", field="body", policy="mine")
    answer = as_carol.post(PAGE, {"task:": "theirs", "task:title": "latest", "task:body": "", "note:body": ""})

    assert answer.status_code == 302
    kept = {(one.kind, one.field): one.policy for one in MergePolicy.objects.all()}
    assert kept == {("task", ""): "theirs", ("task", "title"): "latest"}
    told = AuditEntry.objects.filter(act="policy.set", actor=carol, workspace=workspace).order_by("target")
    assert [(one.target, one.detail["before"], one.detail["after"]) for one in told] == [
        ("task.*", "", "theirs"),
        ("task.body", "mine", ""),
        ("task.title", "", "latest"),
    ]
    assert "3 rules were changed." in text(as_carol.get(PAGE))


def test_saving_what_is_so_already_writes_nothing(as_carol, workspace):
    as_carol.post(PAGE, {"task:": "ask", "task:title": ""})
    assert not MergePolicy.objects.exists()
    assert not AuditEntry.objects.filter(act="policy.set").exists()


@pytest.mark.parametrize("data", [{"task:": "whatever"}, {"task:colour": "mine"}, {"task:": ""}, {"": "mine"}])
def test_what_no_rule_can_say_is_ignored(as_carol, workspace, data):
    assert as_carol.post(PAGE, data).status_code == 302
    assert not MergePolicy.objects.exists()


def test_an_admin_of_one_account_sets_no_rule_of_another(as_carol, workspace, other_workspace):
    address = f"{PAGE}?account={other_workspace.pk}"
    assert as_carol.get(address).status_code == as_carol.post(address, {"task:": "mine"}).status_code == 404
    assert not MergePolicy.objects.exists()


def test_the_page_costs_the_same_however_many_rules_there_are(as_carol, workspace, django_assert_num_queries):
    as_carol.get(PAGE)
    for number in range(10):
        MergePolicy.objects.create(workspace=workspace, kind="contact", field=f"custom_fields.f{number}")
    with django_assert_num_queries(6):  # session, person, workspaces; connection, custom fields, rules
        as_carol.get(PAGE)
