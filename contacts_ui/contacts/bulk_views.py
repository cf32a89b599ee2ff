"""Many contacts at once: the bar with what can be done, and how far that has come."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts_ui.components.record_form import key_of, new_token
from contacts_ui.contacts import bulk
from contacts_ui.shell import access, systems
from contacts_ui.shell.htmx import wants_part
from contacts_ui.shell.http import MemberRequest
from integrations.activity import firms
from integrations.activity.overview import overview
from integrations.connections.models import Connection
from integrations.sync import commands
from integrations.sync.health.batches import Progress, progress_of

BAR, PAGE = "contacts_ui/contacts/_bulk.html", "contacts_ui/contacts/bulk.html"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change_many(request: MemberRequest) -> HttpResponse:
    """The bar; sent with an `act`, a write for each contact that was chosen."""
    if request.method != "POST" or not request.POST.get("act"):
        return _bar(request, {})
    workspaces = access.workspaces(request)
    selection = bulk.selected(workspaces, request.POST)
    act, value = request.POST["act"], request.POST.get(f"value.{request.POST['act']}", "")
    if before := selection.other_than(request.POST):
        asked_again = {"now_chosen": selection, "before": before, "typed": value, "act": act}
        return _bar(request, asked_again, status=422)
    try:
        operation, changes = bulk.changes_of(act, value, selection)
        batch = key_of(request.POST)  # one sent twice changes once
        made = commands.write_many(operation, selection.ids, changes, actor=request.user, batch=batch)
    except (commands.Invalid, commands.Refused) as error:
        return _bar(request, {"error": str(error), "typed": value, "act": act}, status=422)
    if not made.writes:
        return _bar(request, {"said": "Nothing to change: all of them have this already."})
    left_out = bulk.LeftOut(made.standing, selection.locked, selection.is_cut)
    if not request.htmx:
        return _to_progress(batch, left_out)
    return _progress(request, batch, left_out)


@require_safe
@login_required
def show_batch(request: MemberRequest, batch: str) -> HttpResponse:
    """How far it has come; 204 while it stands as the page has `seen` it."""
    return _progress(request, batch, bulk.LeftOut.from_query(request.GET))


@require_POST
@login_required
def retry_batch(request: MemberRequest, batch: str) -> HttpResponse:
    """Ask again for what failed."""
    _found_or_404(request, batch)
    try:
        refusal = commands.retry_many(batch=batch, actor=request.user).refused
    except commands.Refused as refused:
        refusal = str(refused)
    left_out = bulk.LeftOut.from_query(request.GET)
    if not request.htmx:
        if refusal:
            messages.error(request, refusal)
        return _to_progress(batch, left_out)
    return _progress(request, batch, left_out, refusal)


def _found_or_404(request: MemberRequest, batch: str) -> Progress:
    found = progress_of(batch, request.user.pk)
    if found is None:
        raise Http404("This change of many contacts does not exist, or it is not yours.")
    return found


def _to_progress(batch: str, left_out: bulk.LeftOut) -> HttpResponse:
    return redirect(reverse("contacts_ui:contact-batch", args=[batch], query=QueryDict(left_out.query)))


def _progress(request: MemberRequest, batch: str, left_out: bulk.LeftOut, error: str = "") -> HttpResponse:
    progress = _found_or_404(request, batch)
    if request.htmx and request.GET.get("seen") == progress.look:
        return HttpResponse(status=204)
    access.forget(request)
    known = {
        "progress": progress,
        "word": bulk.WORDS.get(progress.operation, "changed"),
        "system": systems.short_names(),
        "left_out": left_out,
        "error": error,
        "is_answer": True,
    }
    return _render(request, known)


def _bar(request: MemberRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    workspaces = access.workspaces(request)
    keys = [workspace.pk for workspace in workspaces]
    around = overview(keys, with_tags=True)
    homes = list(Connection.objects.home().of(workspaces).order_by("pk"))
    known = {
        "tags": around.tags,
        "firms": firms.names_of(homes[0].pk) if len(homes) == 1 else [],
        "is_locked": not any(one.may_write and not one.has_ended for one in homes),
        "form": new_token(),
        "most": bulk.MOST,
        "chosen": request.POST.getlist("contact")[: bulk.MOST] if not request.htmx else [],
    }
    return _render(request, known | context, status=status)


def _render(request: MemberRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, BAR if wants_part(request) else PAGE, context, status=status)
    response["X-Part"] = "1"
    return response
