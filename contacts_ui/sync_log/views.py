"""The sync log: how each account stands, what came in, and what was not sent."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts_ui.components import unsent
from contacts_ui.shell import access
from contacts_ui.shell.depth import depth_in, page_query
from contacts_ui.shell.htmx import render_page_or_fragment
from contacts_ui.shell.http import MemberRequest
from contacts_ui.sync_log import figures, run_list, unread, webhook_coverage
from contacts_ui.sync_log.accounts import Account, accounts_of, trouble_of
from contacts_ui.sync_log.filters import PERIODS, LogFilters
from contacts_ui.sync_log.verdict import Losses, verdict
from integrations.sync import commands, health
from integrations.sync.health import period, pulse, runs, writes
from integrations.sync.health.failures import Failure
from integrations.workspace.models import Workspace

TEMPLATE = "contacts_ui/sync_log/sync_log.html"
CHOICES = {"": "All", "changes": "With changes", "partly": "Partial", "failed": "Failed"}


@require_safe
@login_required
def show_log(request: MemberRequest) -> HttpResponse:
    """The log, or only further rows of one of its lists."""
    filters = LogFilters.from_query(request.GET)
    workspaces = access.overseen_or_404(request)
    context: dict[str, Any] = {"filters": filters, "now": timezone.now(), "many": len(workspaces) > 1}
    if request.htmx and filters.before:
        places = health.homes(filters.narrowed(workspaces))
        context["page"] = run_list.page_of(places, filters, context["now"], many=context["many"])
        return render_page_or_fragment(request, TEMPLATE, context, fragment="rows")
    if request.htmx and filters.writes_before:
        places = health.homes(filters.narrowed(workspaces))
        context["unsent"] = unsent.page_of(request, places, filters.writes_before, context["now"])
        return render_page_or_fragment(request, TEMPLATE, context, fragment="writes")
    if request.htmx and filters.records_before:
        context["unread"] = unread.page_of(health.homes(filters.narrowed(workspaces)), filters.records_before)
        return render_page_or_fragment(request, TEMPLATE, context, fragment="records")
    return _log(request, workspaces, context)


def _log(request: MemberRequest, workspaces: list[Workspace], context: dict[str, Any]) -> HttpResponse:
    filters, now = context["filters"], context["now"]
    chosen = filters.narrowed(workspaces)
    accounts = accounts_of(chosen, now)
    places = {account.connection: account.workspace for account in accounts if account.connection}
    size = depth_in(page_query(request), "rows", run_list.PAGE_SIZE)
    context["page"] = run_list.page_of(places, filters, now, many=context["many"], size=size)
    context |= _what_came_in(request, places, filters, now)
    losses = Losses(context["figures"].failed, context["unread"].total)
    context |= _account_health(accounts, losses, now)
    context |= _choices(workspaces, chosen, filters)
    managed = {workspace.pk for workspace in chosen if access.manages(request, workspace)}
    alive = [account.workspace for account in accounts if not account.has_ended]
    context |= {"managed": managed, "startable": [workspace for workspace in alive if workspace.pk in managed]}
    return render_page_or_fragment(request, TEMPLATE, context, fragment="log")


def _what_came_in(
    request: MemberRequest, places: dict[int, Workspace], filters: LogFilters, now: datetime
) -> dict[str, Any]:
    since, shown = filters.since(now), page_query(request)
    failed, records = depth_in(shown, "writes", unsent.AT_ONCE), depth_in(shown, "records", unread.AT_ONCE)
    brought, written = period.brought(places, since, timezone.localtime(now)), writes.counts(places, since)
    counts = figures.counts_of(brought)
    return {
        "unread": unread.page_of(places, filters.records_before, records),
        "unsent": unsent.page_of(request, places, filters.writes_before, now, failed)
        if written.failed
        else unsent.NOTHING,
        "figures": figures.figures_of(brought, written),
        "chart": figures.chart_of_period(brought, filters.period, timezone.localtime(now)),
        "counts": counts,
        "has_ever_run": bool(counts["all"]) or runs.exist(places),
        "chips": [
            (filters.address(show=key), name, counts[key or "all"], key == filters.show)
            for key, name in CHOICES.items()
        ],
    }


def _account_health(accounts: list[Account], losses: Losses, now: datetime) -> dict[str, Any]:
    synced = [account.fresh.synced_at for account in accounts if account.fresh.synced_at]
    each = [account.health for account in accounts]
    any_late = any(one.kind == "late" for one in each)
    return {
        "accounts": accounts,
        "verdict": verdict(each, timezone.localtime(now), losses),
        "trouble": trouble_of(accounts),
        "coverage": webhook_coverage.coverage_of(accounts, now),
        "silent_since": pulse.silent_since(now) if any_late else None,
        # The account that is furthest behind: the page must not look fresher than its stalest part.
        "synced_at": min(synced) if synced and len(synced) == len(accounts) else None,
    }


def _choices(workspaces: list[Workspace], chosen: list[Workspace], filters: LogFilters) -> dict[str, Any]:
    return {
        "account_choices": [(filters.address(account=w.pk), w.name, [w] == chosen) for w in workspaces],
        "all_accounts": filters.address(account=""),
        "chosen": chosen[0] if len(chosen) == 1 else None,
        "periods": [
            (filters.address(period="" if key == "day" else key), period.name, period == filters.period)
            for key, period in PERIODS.items()
        ],
    }


@require_POST
@login_required
def retry_record(request: MemberRequest, failure_id: int) -> HttpResponse:
    """Have one record read that could not be read; nothing is left to do where it was read meanwhile."""
    return _read_again(request, [access.get_failure_or_404(request, failure_id)])


@require_POST
@login_required
def retry_records(request: MemberRequest) -> HttpResponse:
    """The same for all of those that the log counts."""
    filters = LogFilters.from_query(request.GET)
    places = health.homes(filters.narrowed(access.overseen_or_404(request)))
    return _read_again(request, unread.latest(places))


def _read_again(request: MemberRequest, unread_ones: list[Failure]) -> HttpResponse:
    try:
        asked = commands.read_again(failures=unread_ones, actor=request.user)
        many = f"Reading {asked:,} record{'' if asked == 1 else 's'} again."
        messages.info(request, many if asked else "There is nothing to read again.")
    except commands.Refused as refused:
        messages.error(request, f"Not read again. {refused}")
    return _back(request)


def _back(request: MemberRequest) -> HttpResponse:
    # Read afresh after every act, never patched; the filters travel in the form's address.
    filters = LogFilters.from_query(request.GET)
    if not request.htmx:
        return redirect(reverse("contacts_ui:sync-log") + filters.address().removesuffix("?"))
    workspaces = access.overseen_or_404(request)
    return _log(request, workspaces, {"filters": filters, "now": timezone.now(), "many": len(workspaces) > 1})
