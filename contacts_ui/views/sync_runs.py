"""The sync log and its runs: what came in, what did not, how far the run under way is."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseStopPolling

from contacts_ui import (
    access,
    reliability,
    run_calls,
    run_failures,
    run_items,
    run_looks,
    run_page,
    sync_log,
)
from contacts_ui.htmx import render_page_or_fragment
from contacts_ui.http import MemberRequest
from contacts_ui.sync_filters import PERIODS, LogFilters, place
from contacts_ui.sync_verdict import verdict
from integrations.sync import commands, health
from integrations.sync.models import OutboxWrite, SyncRun
from integrations.workspace.models import Workspace

LOG = "contacts_ui/sync_log.html"
RUN = "contacts_ui/run.html"
CHOICES = {"": "All", "changes": "With changes", "partly": "Partly", "failed": "Failed"}


@require_safe
@login_required
def show_log(request: MemberRequest) -> HttpResponse:
    """The log, or only further rows of its runs (`before`) or of its failed writes (`writes_before`)."""
    filters = LogFilters.from_query(request.GET)
    accounts = access.overseen_or_404(request)
    context: dict[str, Any] = {"filters": filters, "now": timezone.now(), "many": len(accounts) > 1}
    if request.htmx and filters.before:
        context["page"] = sync_log.runs_page(filters.narrowed(accounts), filters, context["now"])
        return render_page_or_fragment(request, LOG, context, fragment="rows")
    if request.htmx and filters.writes_before:
        context["unsent"] = sync_log.failed_writes(filters.narrowed(accounts), filters.writes_before)
        return render_page_or_fragment(request, LOG, context, fragment="writes")
    return _log(request, accounts, context)


def _log(request: MemberRequest, workspaces: list[Workspace], context: dict[str, Any]) -> HttpResponse:
    filters, now = context["filters"], context["now"]
    chosen = filters.narrowed(workspaces)
    counts = sync_log.counts_of(chosen, filters.since(now))
    context |= {
        "page": sync_log.runs_page(chosen, filters, now),
        "unsent": sync_log.failed_writes(chosen, filters.writes_before),
        "figures": sync_log.figures_of(chosen, filters.since(now)),
        "chart": sync_log.chart(chosen, filters.period.length, timezone.localtime(now)),
        "counts": counts,
        "has_ever_run": bool(counts["all"]) or SyncRun.objects.filter(workspace__in=chosen).exists(),
        "chips": [
            (filters.address(show=key), name, counts[key or "all"], key == filters.show)
            for key, name in CHOICES.items()
        ],
    }
    context |= _standing(chosen, context) | _choices(request, workspaces, chosen, filters)
    return render_page_or_fragment(request, LOG, context, fragment="log")


def _standing(chosen: list[Workspace], context: dict[str, Any]) -> dict[str, Any]:
    now = context["now"]
    accounts = sync_log.accounts_of(chosen, now)
    synced = [account.fresh.synced_at for account in accounts if account.fresh.synced_at]
    standings = [account.standing for account in accounts]
    return {
        "accounts": accounts,
        "verdict": verdict(standings, timezone.localtime(now)),
        "any_late": any(standing.kind == "late" for standing in standings),
        "troubles": sync_log.troubles_of(accounts),
        "reliability": reliability.reliability_of(accounts, now),
        "silent_since": sync_log.silent_since(now),
        # The account that is furthest behind: the page must not look fresher than its stalest part.
        "synced_at": min(synced) if synced and len(synced) == len(accounts) else None,
    }


def _choices(
    request: MemberRequest, workspaces: list[Workspace], chosen: list[Workspace], filters: LogFilters
) -> dict[str, Any]:
    managed = set(Workspace.objects.managed_by(request.user).values_list("pk", flat=True))
    return {
        "account_choices": [(filters.address(account=w.pk), w.name, [w] == chosen) for w in workspaces],
        "all_accounts": filters.address(account=""),
        "chosen": chosen[0] if len(chosen) == 1 else None,
        "managed": managed,
        "startable": [w for w in chosen if w.pk in managed and w.state != Workspace.State.DISCONNECTED],
        "periods": [
            (filters.address(period="" if key == "day" else key), period.name, period == filters.period)
            for key, period in PERIODS.items()
        ],
    }


@require_safe
@login_required
def show_run(request: MemberRequest, run_id: int) -> HttpResponse:
    """One run, or only further failed records of it for `after`."""
    run = access.get_run_or_404(request, run_id)
    after = place(request.GET, "after")
    if request.htmx and after:
        context = {"run": run, "failures": run_failures.failures_of(run, after)}
        return render_page_or_fragment(request, RUN, context, fragment="failure-rows")
    context = _run(request, run, after) | _trail(run)
    return render_page_or_fragment(request, RUN, context, fragment="live")


@require_safe
@login_required
def show_progress(request: MemberRequest, run_id: int) -> HttpResponse:
    """What a page that watches a run asks every second: 204 while it looks as in `seen`, 286 once it has ended."""
    run = access.get_run_or_404(request, run_id)
    if not request.htmx:
        return redirect("contacts_ui:run", run_id)
    seen = request.GET.get("seen", "")
    if run.is_active and seen == run_page.version_of(run, timezone.now()):
        return HttpResponse(status=204)
    context = _run(request, run, None)
    context |= _news(context, seen.partition("-")[0], place(request.GET, "failures") or 0)
    if context["is_new_state"]:
        context |= _trail(run)
    answer = render(request, f"{RUN}#live", context)
    return answer if run.is_active else HttpResponseStopPolling(answer.content)


@require_safe
@login_required
def show_trail(request: MemberRequest, run_id: int) -> HttpResponse:
    """The calls of a watched run and what it brought: asked for seldom, because it reads many rows."""
    run = access.get_run_or_404(request, run_id)
    if not request.htmx:
        return redirect("contacts_ui:run", run_id)
    context = {"run": run, "now": timezone.now(), "item_count": run_items.count_of(run)} | _trail(run)
    return render(request, f"{RUN}#trail", context)


def _trail(run: SyncRun) -> dict[str, Any]:
    return {"calls": run_calls.calls_of(run), "items": run_items.items_of(run)}


def _news(context: dict[str, Any], seen_state: str, seen_failures: int) -> dict[str, bool]:
    """Which parts outside the polled one changed. Rows that the reader has paged through are left alone."""
    total = context["failures"].total
    return {
        "is_poll": True,
        "is_new_state": seen_state != context["run"].state,
        "is_new_total": total != seen_failures,
        "are_new_rows": total != seen_failures and seen_failures <= run_failures.AT_ONCE,
    }


def _run(request: MemberRequest, run: SyncRun, after: int | None) -> dict[str, Any]:
    now = timezone.now()
    streams = list(run.streams.defer("places"))
    changes = run_page.changes_of(streams)
    status = health.connection_status(run.workspace)
    failures = run_failures.failures_of(run, after)
    return {
        "now": now,
        "run": run,
        "version": run_page.version_of(run, now),
        "look": run_looks.look_of(run, failures.total, now),
        "is_paused": run_looks.is_paused(run, now),
        "is_silent": run_page.is_silent(run, now),
        "worker": run_page.worker_words(run.lease_owner),
        "progress": run_page.progress_of(run, changes, now),
        "streams": run_page.stream_rows(run, streams),
        "stages": run_page.stages_of(run, streams),
        "failures": failures,
        "item_count": run_items.count_of(run),
        "status": status,
        "still_to_come": run_page.still_to_come(run, status),
        "may_act": access.manages(request, run.workspace),
    }


@require_POST
@login_required
def stop_run(request: MemberRequest, run_id: int) -> HttpResponse:
    """Stop a run; one that has ended meanwhile stays as it ended."""
    run = access.get_managed_run_or_404(request, run_id)
    if not commands.stop_run(run=run, actor=request.user):
        messages.info(request, "This run had ended already. Nothing was stopped.")
    return redirect("contacts_ui:run", run_id)


@require_POST
@login_required
def retry_write(request: MemberRequest, write_id: int) -> HttpResponse:
    """Wish the same again, at once; a second click finds nothing to retry."""
    write = access.get_write_or_404(request, write_id)
    try:
        if commands.retry(write=write, actor=request.user):
            messages.info(request, f"{_name(write)} is being sent again.")
        else:
            messages.info(request, f"{_name(write)}: nothing is left to send.")
    except commands.Refused as refused:
        messages.error(request, f"{_name(write)} was not sent. {refused}")
    return _back(request)


@require_POST
@login_required
def dismiss_write(request: MemberRequest, write_id: int) -> HttpResponse:
    """Put a failure away; the task shows again what the other side says."""
    write = access.get_write_or_404(request, write_id)
    if commands.dismiss(write=write):
        messages.info(request, f"{_name(write)}: put away. Nothing was sent.")
    return _back(request)


def _name(write: OutboxWrite) -> str:
    return f"“{write.task.title or 'Untitled task'}”"


def _back(request: MemberRequest) -> HttpResponse:
    # Read afresh after every act, never patched; the filters travel in the form's address.
    filters = LogFilters.from_query(request.GET)
    if not request.htmx:
        return redirect(reverse("contacts_ui:sync-log") + filters.address().removesuffix("?"))
    accounts = access.overseen_or_404(request)
    return _log(request, accounts, {"filters": filters, "now": timezone.now(), "many": len(accounts) > 1})
