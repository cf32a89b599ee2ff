"""The task templates of an account, which its managers and admins edit."""

from collections.abc import Collection
from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from contacts_ui.components.owners import UNNAMED, choosable
from contacts_ui.shell import access
from contacts_ui.shell.address import id_in, query_string, text_in
from contacts_ui.shell.http import MemberRequest
from integrations.activity import task_templates
from integrations.activity.models import TaskTemplate
from integrations.activity.names import names_of
from integrations.activity.task_templates import CONTACT_OWNER
from integrations.workspace.models import Workspace

PAGE = "contacts_ui/task_templates/task_templates.html"
FIELDS = ("title", "days", "body", "owner")
SPARE = [dict.fromkeys(FIELDS, "")] * 3  # rows to fill in below those of a template


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit_templates(request: MemberRequest, workspace_id: int) -> HttpResponse:
    """A page of the templates (`after` a name), each a form, and an empty one; a sent one is saved or deleted."""
    workspace = _overseen_or_404(request, workspace_id)
    if request.method != "POST":
        return _page(request, workspace)
    template = _sent_or_404(request, workspace)
    if "delete" in request.POST and template.pk:
        task_templates.delete(workspace, template, request.user)
        said = f"{template.name} was deleted. Tasks that were added from it stay."
    else:
        rows = zip_longest(*(request.POST.getlist(name) for name in FIELDS), fillvalue="")
        steps = [dict(zip(FIELDS, row, strict=True)) for row in rows]
        try:
            task_templates.save(workspace, template, request.POST.get("name", ""), steps, request.user)
        except task_templates.UnfitError as unfit:
            typed = {"pk": template.pk, "name": request.POST.get("name", ""), "steps": steps}
            return _page(request, workspace, typed, str(unfit))
        said = f"{template.name} was saved."
    messages.success(request, said)
    here = reverse("contacts_ui:task-template-list", args=[workspace.pk])
    return redirect(f"{here}{query_string({'after': _after(request)})}")


def _sent_or_404(request: MemberRequest, workspace: Workspace) -> TaskTemplate:
    """The one that the form is of; a new one where it names none."""
    key = id_in(request.POST, "template")
    if key is None:
        return TaskTemplate(workspace=workspace)
    found = TaskTemplate.objects.filter(workspace=workspace, pk=key).first()
    if found is None:
        raise Http404("This template was deleted.")
    return found


def _page(
    request: MemberRequest, workspace: Workspace, typed: dict[str, Any] | None = None, error: str = ""
) -> HttpResponse:
    templates, after = task_templates.page_of(workspace.pk, _after(request), typed["pk"] if typed else None)
    kept = [{"pk": one.pk, "name": one.name, "steps": [*one.steps, *SPARE]} for one in templates]
    forms: list[dict[str, Any]] = [*kept, {"pk": None, "name": "", "steps": SPARE}]
    if typed:
        forms = [typed | {"error": error} if one["pk"] == typed["pk"] else one for one in forms]
    chosen = {step.get("owner", "") for one in forms for step in one["steps"]}
    context = {"workspace": workspace, "forms": forms, "assignees": _assignees(workspace, chosen)}
    context |= {"after": after, "is_first": not _after(request)}
    return render(request, PAGE, context, status=422 if error else 200)


def _after(request: MemberRequest) -> str:
    return text_in(request.GET, "after")


def _assignees(workspace: Workspace, chosen: Collection[str]) -> list[tuple[str, str]]:
    """Whom a step may go to, as a choice; somebody who was chosen and has left stays one until that is changed."""
    present, known = choosable(workspace.pk), names_of(workspace.pk).users
    usual = [("", "The person who applies it"), (CONTACT_OWNER, "The contact's owner")]
    left = sorted({*chosen} - {*dict(present), *dict(usual)})
    return [*usual, *present, *((one, f"{known.get(one) or UNNAMED} (has left)") for one in left)]


def _overseen_or_404(request: MemberRequest, workspace_id: int) -> Workspace:
    found = next((one for one in access.overseen(request) if one.pk == workspace_id), None)
    if found is None:
        raise Http404("This account does not exist, or you do not manage it.")
    return found
