"""One run of a sync: its page, what a page that watches it asks, and its stop."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseStopPolling

from contacts_ui.components import run_status
from contacts_ui.runs import progress
from contacts_ui.runs.calls import calls_of
from contacts_ui.runs.failures import AT_ONCE, failures_of
from contacts_ui.runs.items import AT_ONCE as ITEMS_AT_ONCE
from contacts_ui.runs.items import count_of, items_of
from contacts_ui.shell import access
from contacts_ui.shell.address import id_in
from contacts_ui.shell.depth import depth_in
from contacts_ui.shell.htmx import render_page_or_fragment
from contacts_ui.shell.http import MemberRequest
from integrations.sync import commands, health
from integrations.sync.health.runs import Run, streams_of

TEMPLATE = "contacts_ui/runs/run.html"


@require_safe
@login_required
def show_run(request: MemberRequest, run_id: int) -> HttpResponse:
    """One run, or only further failed records of it for `after`, or further items for `items_before`."""
    run = access.get_run_or_404(request, run_id)
    after, before = id_in(request.GET, "after"), id_in(request.GET, "items_before")
    if request.htmx and after:
        context = {"run": run, "failures": failures_of(run, after)}
        return render_page_or_fragment(request, TEMPLATE, context, fragment="failure-rows")
    if request.htmx and before:
        context = {"run": run, "items": items_of(run, before)}
        return render(request, "contacts_ui/runs/_items.html#rows", context)
    context = _run(request, run, after, depth_in(request.GET, "failures", AT_ONCE))
    context |= _trail(run, before, depth_in(request.GET, "items", ITEMS_AT_ONCE))
    return render_page_or_fragment(request, TEMPLATE, context, fragment="live")


@require_safe
@login_required
def show_progress(request: MemberRequest, run_id: int) -> HttpResponse:
    """What a page that watches a run asks every second: 204 while it looks as in `seen`, 286 once it has ended."""
    run = access.get_run_or_404(request, run_id)
    if not request.htmx:
        return redirect("contacts_ui:run", run_id)
    seen = request.GET.get("seen", "")
    if run.is_active and seen == progress.version_of(run, timezone.now()):
        return HttpResponse(status=204)
    context = _run(request, run, None)
    context |= _notifiable(context, seen.partition("-")[0], id_in(request.GET, "failures") or 0)
    if context["is_new_state"]:
        context |= _trail(run)
    answer = render(request, f"{TEMPLATE}#live", context)
    return answer if run.is_active else HttpResponseStopPolling(answer.content)


@require_safe
@login_required
def show_trail(request: MemberRequest, run_id: int) -> HttpResponse:
    """The calls of a watched run and what it brought: asked for seldom, because it reads many rows."""
    run = access.get_run_or_404(request, run_id)
    if not request.htmx:
        return redirect("contacts_ui:run", run_id)
    context = {"run": run, "now": timezone.now(), "item_count": count_of(run)} | _trail(run)
    return render(request, f"{TEMPLATE}#trail", context)


def _trail(run: Run, before: int | None = None, size: int = ITEMS_AT_ONCE) -> dict[str, Any]:
    return {"calls": calls_of(run), "items": items_of(run, before, size)}


def _notifiable(context: dict[str, Any], seen_state: str, seen_failures: int) -> dict[str, bool]:
    """Which parts outside the polled one changed. Rows that the reader has paged through are left alone."""
    total = context["failures"].total
    return {
        "is_poll": True,
        "is_new_state": seen_state != context["run"].state,
        "is_new_total": total != seen_failures,
        "are_new_rows": total != seen_failures and seen_failures <= AT_ONCE,
    }


def _run(request: MemberRequest, run: Run, after: int | None, size: int = AT_ONCE) -> dict[str, Any]:
    now = timezone.now()
    streams = streams_of(run)
    changes = progress.changes_of(streams)
    status = health.connection_status(run.connection)
    failures = failures_of(run, after, size)
    return {
        "now": now,
        "run": run,
        "version": progress.version_of(run, now),
        "badge": run_status.badge_of(run, failures.total, now),
        "is_paused": run_status.is_paused(run, now),
        "is_silent": progress.is_silent(run, now),
        "worker": progress.worker_words(run.lease_owner),
        "progress": progress.progress_of(run, changes, now),
        "streams": progress.stream_rows(run, streams),
        "stages": progress.stages_of(run, streams),
        "failures": failures,
        "item_count": count_of(run),
        "status": status,
        "still_to_come": run_status.still_to_come(run, status),
        "may_act": access.manages(request, run.connection.workspace),
    }


@require_POST
@login_required
def stop_run(request: MemberRequest, run_id: int) -> HttpResponse:
    """Stop a run; one that has ended meanwhile stays as it ended."""
    run = access.get_managed_run_or_404(request, run_id)
    if not commands.stop_run(run=run, actor=request.user):
        messages.info(request, "This run had already ended. Nothing was stopped.")
    return redirect("contacts_ui:run", run_id)
