"""One contact: who they are, what to do next, and everything that happened, newest first."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts_ui.components import freshness
from contacts_ui.components.appointment_status import CALLED_OFF
from contacts_ui.components.owners import owners_of
from contacts_ui.shell import access
from contacts_ui.shell.htmx import render_page_or_fragment, wants_part
from contacts_ui.shell.http import MemberRequest
from contacts_ui.timeline import profile, refresh_status
from contacts_ui.timeline.filters import TimelineFilters
from contacts_ui.timeline.items import TimelineContext, TimelineItem, agenda_of, days_of, tasks_in
from integrations.activity import timeline
from integrations.activity.models import ActivityEntry, Appointment, Contact
from integrations.sync import commands, health
from integrations.sync.models import Write

TEMPLATE = "contacts_ui/timeline/timeline.html"
# Shown before "Show more", agenda rows and pinned notes: the first screen must still reach today.
AT_ONCE, PINNED_AT_ONCE = 10, 2
# An open page is brought up to date as far down as it has been read, within reason.
MOST_LIVE = 1000


@require_safe
@login_required
def show_timeline(request: MemberRequest, contact_id: int) -> HttpResponse:
    """The page, its results only for a changed filter, or only older days for a `cursor`."""
    contact = access.get_contact_or_404(request, contact_id)
    if contact.deleted_at and contact.merged_into_id:
        # Both are of one workspace, and the page of the other one checks again.
        return redirect("contacts_ui:contact-timeline", contact.merged_into_id)
    filters = TimelineFilters.from_query(request.GET)
    cursor = timeline.Cursor.decode(request.GET.get("cursor", ""))
    version = health.version_of(contact)
    oversees = access.oversees(request, contact.workspace)
    context = _past(contact, filters, cursor) | {"version": version, "oversees": oversees}
    if wants_part(request) and cursor:
        return render_page_or_fragment(request, TEMPLATE, context, fragment="days")
    context |= _present(contact, filters, context)
    if not wants_part(request):
        context |= _beside(request, contact, context)
    response = render_page_or_fragment(request, TEMPLATE, context, fragment="results")
    if wants_part(request):
        here = reverse("contacts_ui:contact-timeline", args=[contact.pk])
        response["HX-Replace-Url"] = here + filters.address().removesuffix("?")
    return response


@require_safe
@login_required
def show_changes(request: MemberRequest, contact_id: int) -> HttpResponse:
    """The parts of an open page when they differ from the version that it shows (`X-Seen`), otherwise 204.

    The address carries the page's own query; `X-Shown` is how many past entries it has.
    """
    contact = access.get_watched_contact_or_404(request, contact_id)
    version = health.version_of(contact)
    if request.headers.get("X-Seen") == version:
        return HttpResponse(status=204)
    filters = TimelineFilters.from_query(request.GET)
    cursor = timeline.Cursor.decode(request.GET.get("cursor", ""))
    context = _past(contact, filters, cursor, size=_depth(request.headers.get("X-Shown", "")))
    context |= _present(contact, filters, context)
    context |= _beside(request, contact, context) | {"oversees": access.oversees(request, contact.workspace)}
    response = render(request, "contacts_ui/timeline/_live.html", context)
    response["X-Version"] = version
    return response


def _depth(shown: str) -> int:
    """Whole pages that cover what is shown."""
    entries = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 9 else 0
    return max(1, min(-(-entries // timeline.PAGE_SIZE), MOST_LIVE // timeline.PAGE_SIZE)) * timeline.PAGE_SIZE


@require_POST
@login_required
def refresh_contact(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Read a contact again: asked for by a page that was just opened, or by its button (`now`)."""
    contact = access.get_contact_or_404(request, contact_id)
    commands.refresh_contact(contact=contact, at_once="now" in request.POST)
    contact.refresh_from_db(fields=["refresh_asked_at", "refreshed_at"])
    now = timezone.now()
    account = freshness.freshness_of(health.account_of(contact.connection), now)
    refresh = refresh_status.state_of(contact, account, health.fetch_request_of(contact).first(), now)
    said = _said(refresh)
    if not request.htmx:
        messages.info(request, said)
        return redirect("contacts_ui:contact-timeline", contact.pk)
    # What a page asks for by itself is not announced: that would talk over what its reader just did.
    context = {"contact": contact, "refresh": refresh, "now": now, "said": said if "now" in request.POST else ""}
    return render(request, "contacts_ui/timeline/_refresh.html", context)


def _said(refresh: refresh_status.Refresh) -> str:
    if refresh.is_under_way:
        return "Reading this contact again."
    return refresh.why or "This contact was read less than a minute ago, so nothing was asked."


def _past(
    contact: Contact, filters: TimelineFilters, cursor: timeline.Cursor | None, size: int = timeline.PAGE_SIZE
) -> dict[str, Any]:
    now = timezone.now()
    page = timeline.past(contact, filters.asked(), now=now, after=cursor, size=size)
    account = freshness.freshness_of(health.account_of(contact.connection), now)
    words = TimelineContext(
        owners=owners_of([contact.workspace]),
        definitions=profile.definitions_of(contact),
        writes=Write.objects.latest_of(tasks_in(page.entries), now),
        lock=account.lock,
        now=now,
    )
    return {
        "now": now,
        "contact": contact,
        "filters": filters,
        "account": account,
        "words": words,
        "days": days_of(page.entries, words, timezone.get_current_timezone(), cursor),
        "next_cursor": page.next_cursor.encode() if page.next_cursor else "",
        "is_continued": cursor is not None,
        "oldest": page.entries[-1].occurred_at if page.entries else None,
    }


def _present(contact: Contact, filters: TimelineFilters, context: dict[str, Any]) -> dict[str, Any]:
    now, words = context["now"], context["words"]
    entries = timeline.upcoming(contact, filters.asked(), now=now)
    writes = Write.objects.latest_of(tasks_in(entries), now)
    agenda = agenda_of(entries, TimelineContext(words.owners, words.definitions, writes, words.lock, now))
    counts = timeline.counts(contact, filters.asked())
    pinned = timeline.pinned(contact) if filters.is_empty else []
    reading = health.fetch_request_of(contact).first()
    unread = _unread(contact)
    refused = [row for row in unread if row.state == "refused"]
    return {
        "refresh": refresh_status.state_of(contact, context["account"], reading, now),
        "agenda": agenda[:AT_ONCE],
        "agenda_more": agenda[AT_ONCE:],
        "agenda_more_count": max(0, len(agenda) - AT_ONCE),
        "next_meeting": next((item for item in agenda if _is_coming_meeting(item)), None),
        "pinned": pinned[:PINNED_AT_ONCE],
        "pinned_more": pinned[PINNED_AT_ONCE:],
        "refused": refused,
        "off": _listed([row.label for row in unread if row.is_off]),
        "chips": _chips(filters, counts, {row.label for row in refused}),
        "searched": counts["all"] if not filters.kind else counts[filters.kind],
    }


def _is_coming_meeting(item: TimelineItem) -> bool:
    return isinstance(item.source, Appointment) and item.source.status not in CALLED_OFF


def _chips(filters: TimelineFilters, counts: dict[str, int], refused: set[str]) -> list[dict[str, Any]]:
    chips: list[dict[str, Any]] = [{"kind": "", "name": "All", "count": counts["all"]}]
    chips += [{"kind": kind.value, "name": kind.label, "count": counts[kind.value]} for kind in ActivityEntry.Kind]
    for chip in chips:
        chip["address"] = filters.address(kind=chip["kind"])
        chip["is_on"] = chip["kind"] == filters.kind
        chip["is_refused"] = chip["name"] in refused
    return chips


def _listed(labels: list[str]) -> str:
    """The labels as one phrase: "Appointments, notes and tasks"."""
    words = labels[:1] + [label.lower() for label in labels[1:]]
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _unread(contact: Contact) -> list[health.Capability]:
    """The streams of the page that are not read: refused by the provider, or switched off here."""
    rows = health.capabilities([contact.connection])[contact.connection_id]
    wanted = [row for row in rows if row.key in {"notes", "tasks", "appointments"}]
    return [row for row in wanted if row.state == "refused" or row.is_off]


def _beside(request: MemberRequest, contact: Contact, context: dict[str, Any]) -> dict[str, Any]:
    words = context["words"]
    return {
        "profile": profile.read(contact, words.owners, words.definitions, context["now"]),
        "today": timezone.localtime(context["now"]).date(),
        "has_many_accounts": len(access.workspaces(request)) > 1,
        "may_manage": access.may_manage(request),
    }
