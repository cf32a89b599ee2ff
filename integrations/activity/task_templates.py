"""The task templates of a workspace: listed, saved, deleted."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from integrations.activity.models import TaskTemplate
from integrations.activity.names import users_present
from integrations.workspace.models import AuditEntry, User, Workspace

MOST_STEPS, MOST_DAYS, LONGEST_NAME, LONGEST_TITLE, LONGEST_BODY = 20, 365, 80, 200, 5000
AT_ONCE = 20
CONTACT_OWNER = "@contact"  # no id of a user looks like it


class UnfitError(Exception):
    """A template that cannot be kept; `str()` says why."""


def page_of(
    workspace_id: int, after: str = "", also: int | None = None, at_most: int = AT_ONCE
) -> tuple[list[TaskTemplate], str]:
    """The next few by name, and the name behind which more follow, "" where none do.

    The one of the key `also` stands first where it is not among them. One query, two for that one.
    """
    here = TaskTemplate.objects.filter(workspace=workspace_id)
    found = list(here.filter(name__gt=after).order_by("name")[: at_most + 1])
    shown = found[:at_most]
    if also and also not in {one.pk for one in shown}:
        shown = [*here.filter(pk=also), *shown]
    return shown, shown[-1].name if len(found) > at_most else ""


def save(
    workspace: Workspace, template: TaskTemplate, name: str, steps: Sequence[Mapping[str, str]], actor: User
) -> None:
    """Keep it under its name with these steps, each {"title", "days", "body", "owner"} as it was typed; those
    without a title are none. Raises UnfitError."""
    users = users_present(workspace.pk)
    template.name = " ".join(name.split())
    template.steps = [_step(one, users) for one in steps if one["title"].strip()]
    if not template.name or len(template.name) > LONGEST_NAME:
        raise UnfitError(f"A template needs a name of up to {LONGEST_NAME} characters.")
    if not 0 < len(template.steps) <= MOST_STEPS:
        raise UnfitError(f"A template needs between 1 and {MOST_STEPS} tasks.")
    try:
        with transaction.atomic():
            template.save()
            _record("save", template, workspace, actor)
    except IntegrityError as error:
        raise UnfitError("Another template has this name already.") from error


def delete(workspace: Workspace, template: TaskTemplate, actor: User) -> None:
    """Tasks that were added from it stay."""
    _record("delete", template, workspace, actor)
    template.delete()


def _record(act: str, template: TaskTemplate, workspace: Workspace, actor: User) -> None:
    how = {"name": template.name, "steps": template.steps}
    AuditEntry.record(act=f"task_template.{act}", actor=actor, workspace=workspace, after=how)


def _step(typed: Mapping[str, str], users: Collection[str]) -> dict[str, Any]:
    title, days, owner = " ".join(typed["title"].split()), typed["days"].strip(), typed["owner"]
    body = typed["body"].replace("\r\n", "\n").strip()
    if len(title) > LONGEST_TITLE or "\x00" in title:
        raise UnfitError(f"A task's title has up to {LONGEST_TITLE} characters.")
    if not (days.isascii() and days.isdigit() and len(days) < 4 and int(days) <= MOST_DAYS):
        raise UnfitError(f"The days of “{title}” must be a number from 0 to {MOST_DAYS}.")
    if len(body) > LONGEST_BODY or "\x00" in body:
        raise UnfitError(f"The details of “{title}” have up to {LONGEST_BODY:,} characters.")
    if owner and owner != CONTACT_OWNER and owner not in users:
        raise UnfitError(f"The assignee of “{title}” has left. Choose another one.")
    more = {"body": body, "owner": owner}
    return {"title": title, "days": int(days)} | {name: value for name, value in more.items() if value}
