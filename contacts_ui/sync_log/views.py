"""The sync log: how each account stands, what came in, and what was not sent."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts_ui.shell import access
from contacts_ui.shell.htmx import render_page_or_fragment
from contacts_ui.shell.http import MemberRequest
from contacts_ui.sync_log import query, webhook_coverage
from contacts_ui.sync_log.failed_writes import failed_writes
from contacts_ui.sync_log.filters import PERIODS, LogFilters
from contacts_ui.sync_log.verdict import verdict
from integrations.sync import commands
from integrations.sync.models import SyncRun, Write
from integrations.workspace.models import Workspace

TEMPLATE = "contacts_ui/sync_log/sync_log.html"
CHOICES = {"": "All", "changes": "With changes", "partly": "Partly", "failed": "Failed"}


@require_safe
@login_required
def show_log(request: MemberRequest) -> HttpResponse:
    """The log, or only further rows of its runs (`before`) or of its failed writes (`writes_before`)."""
    filters = LogFilters.from_query(request.GET)
    accounts = access.overseen_or_404(request)
    context: dict[str, Any] = {"filters": filters, "now": timezone.now(), "many": len(accounts) > 1}
    if request.htmx and filters.before:
        context["page"] = query.runs_page(filters.narrowed(accounts), filters, context["now"])
        return render_page_or_fragment(request, TEMPLATE, context, fragment="rows")
    if request.htmx and filters.writes_before:
        context["unsent"] = failed_writes(filters.narrowed(accounts), filters.writes_before)
        return render_page_or_fragment(request, TEMPLATE, context, fragment="writes")
    return _log(request, accounts, context)


def _log(request: MemberRequest, workspaces: list[Workspace], context: dict[str, Any]) -> HttpResponse:
    filters, now = context["filters"], context["now"]
    chosen = filters.narrowed(workspaces)
    counts = query.counts_of(chosen, filters.since(now))
    context |= {
        "page": query.runs_page(chosen, filters, now),
        "unsent": failed_writes(chosen, filters.writes_before),
        "figures": query.figures_of(chosen, filters.since(now)),
        "chart": query.chart_of_period(chosen, filters.period.length, timezone.localtime(now)),
        "counts": counts,
        "has_ever_run": bool(counts["all"]) or SyncRun.objects.filter(connection__workspace__in=chosen).exists(),
        "chips": [
            (filters.address(show=key), name, counts[key or "all"], key == filters.show)
            for key, name in CHOICES.items()
        ],
    }
    context |= _account_health(chosen, context) | _choices(request, workspaces, chosen, filters)
    context["startable"] = _startable(context)
    return render_page_or_fragment(request, TEMPLATE, context, fragment="log")


def _account_health(chosen: list[Workspace], context: dict[str, Any]) -> dict[str, Any]:
    now = context["now"]
    accounts = query.accounts_of(chosen, now)
    synced = [account.fresh.synced_at for account in accounts if account.fresh.synced_at]
    each = [account.health for account in accounts]
    return {
        "accounts": accounts,
        "verdict": verdict(each, timezone.localtime(now)),
        "any_late": any(one.kind == "late" for one in each),
        "troubles": query.troubles_of(accounts),
        "coverage": webhook_coverage.coverage_of(accounts, now),
        "silent_since": query.silent_since(now),
        # The account that is furthest behind: the page must not look fresher than its stalest part.
        "synced_at": min(synced) if synced and len(synced) == len(accounts) else None,
    }


def _startable(context: dict[str, Any]) -> list[Workspace]:
    """The chosen workspaces whose sync the person may start."""
    alive = [account.workspace for account in context["accounts"] if not account.has_ended]
    return [workspace for workspace in alive if workspace.pk in context["managed"]]


def _choices(
    request: MemberRequest, workspaces: list[Workspace], chosen: list[Workspace], filters: LogFilters
) -> dict[str, Any]:
    managed = set(Workspace.objects.managed_by(request.user).values_list("pk", flat=True))
    return {
        "account_choices": [(filters.address(account=w.pk), w.name, [w] == chosen) for w in workspaces],
        "all_accounts": filters.address(account=""),
        "chosen": chosen[0] if len(chosen) == 1 else None,
        "managed": managed,
        "periods": [
            (filters.address(period="" if key == "day" else key), period.name, period == filters.period)
            for key, period in PERIODS.items()
        ],
    }


@require_POST
@login_required
def retry_write(request: MemberRequest, write_id: int) -> HttpResponse:
    """Ask for the same again, at once; a second click finds nothing to retry."""
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


def _name(write: Write) -> str:
    return f"“{write.target.title or 'Untitled task'}”"


def _back(request: MemberRequest) -> HttpResponse:
    # Read afresh after every act, never patched; the filters travel in the form's address.
    filters = LogFilters.from_query(request.GET)
    if not request.htmx:
        return redirect(reverse("contacts_ui:sync-log") + filters.address().removesuffix("?"))
    accounts = access.overseen_or_404(request)
    return _log(request, accounts, {"filters": filters, "now": timezone.now(), "many": len(accounts) > 1})
