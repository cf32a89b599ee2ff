"""What a form may name: nothing of a workspace that its sender is no member of, whatever else is right."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.http import QueryDict

from contacts_ui.contacts import query
from contacts_ui.contacts.filters import ContactFilters
from integrations.activity.models import Business, TaskTemplate
from integrations.activity.overview import overview
from integrations.sync.models import Write
from integrations.workspace.models import Membership
from tests.access.test_table import everything
from tests.access.world import World
from tests.contacts_ui.conftest import make_calendar, make_field, make_user  # noqa: F401  the makers of rows
from tests.ghl.conftest import HOST

OWN, FOREIGN = "/contacts/{contact_id}/", "/contacts/{their_contact_id}/"
WHEN = {"when": "pick", "due": "2027-03-02T09:00"}
MEETING = {"day": "2027-03-02", "time": "09:00", "until": "09:30", "outside": "on", "title": "Visit"}
ALL = {"all": "1", "seen": "{their_look}"}  # with how many the page has shown
PLAN = {"name": "Mine", "title": "Call", "days": "1"}
# Address and fields, in which {their_...} names something of the other workspace.
BODIES: list[tuple[str, dict[str, str]]] = [
    ("/contacts/bulk/", {"act": "add", "value.add": "cold", "contact": "{their_contact_id}"}),
    ("/contacts/bulk/", {"act": "remove", "value.remove": "vip", "contact": "{their_contact_id}"}),
    ("/contacts/bulk/", {"act": "firm", "value.firm": "{firm}", "contact": "{their_contact_id}"}),
    ("/contacts/bulk/", {"act": "firm", "value.firm": "{their_firm}", "contact": "{contact_id}"}),
    ("/contacts/bulk/", {"act": "add", "value.add": "cold", "workspace": "{their_workspace_id}", **ALL}),
    ("/contacts/new/", {"account": "{their_workspace_id}", "first_name": "Pat"}),
    ("/contacts/new/", {"account": "{workspace_id}", "first_name": "Pat", "owner_id": "{their_user}"}),
    ("/contacts/new/", {"account": "{workspace_id}", "first_name": "Pat", "custom_fields.{their_field}": "x"}),
    (OWN + "edit/", {"first_name": "Dana", "was.first_name": "Dana", "owner_id": "{their_user}"}),
    (OWN + "edit/", {"custom_fields.{their_field}": "x"}),
    (OWN + "tasks/add/", {"title": "Call", "owner": "{their_user}", **WHEN}),
    (OWN + "tasks/{task_id}/save/", {"title": "Call", "owner": "{their_user}", **WHEN}),
    (OWN + "appointments/book/", {"calendar_id": "{their_calendar}", **MEETING}),
    (OWN + "appointments/book/", {"calendar_id": "{calendar}", "owner_id": "{their_user}", **MEETING}),
    (OWN + "appointments/{appointment_id}/move/", {"owner_id": "{their_user}", **MEETING}),
    ("/connections/{workspace_id}/people/", {"member-{admin_pk}": "{their_user}"}),
    ("/connections/{workspace_id}/people/", {"member-{stranger_pk}": "{user}"}),
    ("/connections/{workspace_id}/fields/", {"field": "{their_field}", "as.{their_field}": "top"}),
    ("/connections/{workspace_id}/task-templates/", {"template": "{their_template}", "delete": "1"}),
    ("/connections/{workspace_id}/task-templates/", {"template": "{their_template}", **PLAN}),
    ("/connections/{workspace_id}/task-templates/", {"owner": "{their_user}", **PLAN}),
    ("/conflicts/rules/?account={workspace_id}", {"account": "{their_workspace_id}", "contact:": "theirs"}),
    ("/sync/records/retry/?account={their_workspace_id}", {}),
]
# Forms that need more than an id to do something where all is one's own.
UNTOLD: list[tuple[str, dict[str, str]]] = [
    (OWN + "tasks/templates/apply/", {"template": "{their_template}"}),
    ("/integrations/connect/?workspace={workspace_id}", {"workspace": "{their_workspace_id}"}),
    ("/integrations/connect/token/?workspace={workspace_id}", {"workspace": "{their_workspace_id}"}),
]
# One's own contact in the address, and something that hangs on another's.
PATHS = [
    f"{OWN}tasks/{{their_task_id}}/{act}/"
    for act in ("save", "delete", "complete", "reopen", "undo", "retry", "dismiss")
]
PATHS += [f"{OWN}notes/{{their_note_id}}/{act}/" for act in ("save", "pin", "unpin", "delete")]
PATHS += [f"{OWN}appointments/{{their_appointment_id}}/{act}/" for act in ("move", "cancel", "outcome")]
PATHS += [f"{FOREIGN}tasks/{{task_id}}/complete/", "/businesses/{business_id}/people/{their_contact_id}/"]
PATHS += ["/businesses/{their_business_id}/people/{contact_id}/", "/conflicts/{their_conflict_id}/"]
PATHS += [f"/changes/{{their_write_id}}/{act}/" for act in ("retry", "dismiss", "undo", "hold", "edit")]
PATHS += ["/contacts/bulk/{their_batch}/retry/", "/sync/records/{their_failure_id}/retry/"]
SENT = {"title": "Call", "body": "Hello", "taken": "mine", "outcome": "showed", "to": "1"}
ANY = range(200, 500)
THEIR_NAME = "Owen Tate"


@pytest.fixture
def named(request, world: World) -> dict[str, Any]:
    """What may stand in a form: of one's own workspace, and under `their_` of the other one."""
    names: dict[str, Any] = dict(world.known)
    for prefix, place in (("", world.workspace), ("their_", world.elsewhere)):
        make = request.getfixturevalue
        names[f"{prefix}user"] = make("make_user")(place, "Kit Lowe", remote_id=f"{prefix}u7").remote_id
        names[f"{prefix}calendar"] = make("make_calendar")(place, "Visits", remote_id=f"{prefix}cal7").remote_id
        names[f"{prefix}field"] = make("make_field")(place, "Roof", remote_id=f"{prefix}f7").remote_id
        step = {"title": "Call", "days": 1}
        template = TaskTemplate.objects.create(workspace=place, name=f"{prefix}plan", steps=[step])
        names[f"{prefix}template"] = template.pk
        names[f"{prefix}firm"] = f"{prefix}firm"
        filters = ContactFilters.from_query(QueryDict(f"workspace={place.pk}"))
        names[f"{prefix}look"] = query.find([place], filters, overview([place.pk], with_tags=False).contacts).look
    names |= {f"their_{name}": value for name, value in world.foreign.items()}
    for prefix in ("", "their_"):
        Business.objects.filter(pk=names[f"{prefix}business_id"]).update(name=f"{prefix}firm")
    for one in ("admin", "stranger"):
        names[f"{one}_pk"] = Membership.objects.get(user=world.people[one]).pk
    return names


def theirs(world: World) -> dict[str, list[Any]]:
    """Every row of the other workspace."""
    rows = {}
    for model in apps.get_models():
        fields = {field.name for field in model._meta.concrete_fields}
        if model._meta.model_name == "ratewindow" or not fields & {"connection", "workspace"}:
            continue
        of = (
            {"workspace": world.elsewhere} if "workspace" in fields else {"connection__workspace": world.elsewhere}
        )
        rows[model._meta.label] = list(model._base_manager.filter(**of).order_by("pk").values())
    return rows


@pytest.mark.parametrize("role", ["rep", "admin"])
def test_no_field_of_a_form_reaches_another_workspace(world, named, role):
    wrong = [
        f"{address} {fields}: {found}"
        for address, fields in (*BODIES, *UNTOLD)
        if (found := _wrong(world, named, role, address, fields))
    ]

    assert not wrong, "\n".join(wrong)


def test_each_of_these_forms_changes_something_where_it_names_what_is_ones_own(world, named):
    own = [(address, {_own(name): _own(value) for name, value in fields.items()}) for address, fields in BODIES]
    idle = [
        f"{address} {fields}"
        for address, fields in own
        if fields and not _does_something(world, named, address, fields)
    ]

    assert not idle, "\n".join(idle)


def _own(text: str) -> str:
    return text.replace("their_", "").replace("stranger_pk", "admin_pk")


def _does_something(world: World, named: dict[str, Any], address: str, fields: dict[str, str]) -> bool:
    with transaction.atomic():
        before = everything()
        told = {name.format(**named): value.format(**named) for name, value in fields.items()}
        world.browser("admin", HOST).post(address.format(**named), told)
        is_changed = everything() != before
        transaction.set_rollback(True)
    return is_changed


@pytest.mark.parametrize("role", ["rep", "admin"])
def test_no_address_mixes_two_workspaces(world, named, role):
    wrong = [
        f"{address}: {found}"
        for address in PATHS
        if (found := _wrong(world, named, role, address, SENT, wanted={404}))
    ]

    assert not wrong, "\n".join(wrong)


def _wrong(
    world: World, named: dict[str, Any], role: str, address: str, fields: dict[str, str], wanted: Any = ANY
) -> str:
    """What came of such a request that must not; nothing of it stays."""
    with transaction.atomic():
        before, known = theirs(world), set(Write.objects.values_list("pk", flat=True))
        told = {name.format(**named): value.format(**named) for name, value in fields.items()}
        answer = world.browser(role, HOST).post(address.format(**named), told)
        faults = {
            f"answered {answer.status_code}": answer.status_code not in wanted,
            "changed the other workspace": theirs(world) != before,
            "showed the other contact": THEIR_NAME in answer.text,
            "made a change of it": any(
                _is_theirs(one, world, named) for one in Write.objects.exclude(pk__in=known)
            ),
        }
        transaction.set_rollback(True)
    return ", ".join(words for words, is_so in faults.items() if is_so)


def _is_theirs(write: Write, world: World, named: dict[str, Any]) -> bool:
    told = json.dumps([write.changes, write.remote_id])
    names = any(f'"{named[one]}"' in told for one in ("their_user", "their_calendar", "their_field"))
    return names or write.connection.workspace == world.elsewhere
