"""A business: its data, its people, and their timelines as one; people are taken in and out of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts_ui.components.task_row import UNLOCK
from contacts_ui.formatting.custom_fields import link
from contacts_ui.shell import access, systems
from contacts_ui.shell.address import LONGEST, text_in
from contacts_ui.shell.depth import depth_in, page_query
from contacts_ui.shell.htmx import render_page_or_fragment
from contacts_ui.shell.http import MemberRequest
from contacts_ui.shell.zones import use_fallback_zone
from contacts_ui.timeline import business as reading
from contacts_ui.timeline.context import TimelineContext
from contacts_ui.timeline.page import words_of
from integrations.activity import merged, phones
from integrations.activity.asked import Cursor
from integrations.activity.models import Business, Contact
from integrations.sync import commands

TEMPLATE = "contacts_ui/timeline/business.html"


@require_safe
@login_required
def show_business(request: MemberRequest, business_id: int) -> HttpResponse:
    """The page, or further people (`after`), older entries (`cursor`), people to add (`find`)."""
    business = get_business_or_404(request, business_id)
    words = words_of(request, business, timezone.now())
    context: dict[str, Any] = {"business": business, "now": words.now, "lock": words.lock}
    if "find" in request.GET and request.htmx:
        query = text_in(request.GET, "find")
        found = reading.candidates(business, query) if query else []
        return render(request, f"{TEMPLATE}#found", context | {"found": found, "query": query})
    if request.htmx and "after" in request.GET:
        people = reading.people_of(business, words, request.GET["after"][: 4 * LONGEST])
        return render(request, f"{TEMPLATE}#people", context | {"people": people})
    cursor = Cursor.decode(request.GET.get("cursor", ""))
    if request.htmx and cursor:
        context |= _past(business, words, cursor) | {"continues": reading.period_at(cursor, words)}
        return render(request, f"{TEMPLATE}#past", context)
    size = depth_in(request.GET, "rows", merged.PAGE_SIZE, reading.MOST_ENTRIES)
    context |= _past(business, words, cursor, size) | {"is_later": cursor is not None}
    return render_page_or_fragment(
        request, TEMPLATE, context | _around(request, business, words), fragment="members"
    )


def _past(
    business: Business, words: TimelineContext, cursor: Cursor | None, size: int = merged.PAGE_SIZE
) -> dict[str, Any]:
    rows, after = reading.happened(business, words, cursor, size)
    return {"rows": rows, "next_cursor": after.encode() if after else ""}


def _around(request: MemberRequest, business: Business, words: TimelineContext) -> dict[str, Any]:
    query, home, shown = text_in(request.GET, "find"), business.workspace.country, page_query(request)
    size = depth_in(shown, "people", reading.PEOPLE_AT_ONCE)
    return {
        "phone": phones.shown(business.phone, home, home),
        "dials": phones.dialled(business.phone, home),
        "people": reading.people_of(business, words, shown.get("after", "")[: 4 * LONGEST], size),
        "total": reading.of(business).count(),
        "website": link(business.website),
        "query": query,
        "found": reading.candidates(business, query) if query else [],
        "lock_words": f"{words.lock}. {UNLOCK[words.lock]}" if words.lock else "",
        "system": words.system,
        "has_many_accounts": len(access.workspaces(request)) > 1,
    }


@require_POST
@login_required
def move_person(request: MemberRequest, business_id: int, contact_id: int) -> HttpResponse:
    """Take a contact into the business, or out of it (`out`)."""
    business = get_business_or_404(request, business_id)
    contact = access.get_contact_or_404(request, contact_id)
    if contact.connection_id != business.connection_id:
        raise Http404("This contact belongs to another account.")
    wanted = "" if "out" in request.POST else business.remote_id
    said, refusal = "", ""
    try:
        said = _move(request, business, contact, wanted)
    except commands.Refused as refused:
        refusal = str(refused)
    if not request.htmx:
        (messages.error if refusal else messages.info)(request, refusal or said)
        return redirect("contacts_ui:business", business.pk)
    access.forget(request)
    words = words_of(request, business, timezone.now())
    context = {"business": business, "now": words.now, "lock": words.lock, "is_answer": True, "acted": contact.pk}
    context |= _around(request, business, words) | {"said": said or refusal, "refusal": refusal}
    return render(request, f"{TEMPLATE}#members", context)


def _move(request: MemberRequest, business: Business, contact: Contact, wanted: str) -> str:
    """What is said of it. Raises Refused."""
    if wanted and business.deleted_at:
        system = systems.short_name_of(contact.connection)
        raise commands.Refused(f"This business was deleted in {system}. Nobody can be assigned to it any more.")
    made = commands.write("contact.set_business", contact, {"business_remote_id": wanted}, actor=request.user)
    if made is None:
        return f"{contact}: nothing to change."
    act = "assigned to" if wanted else "removed from"
    return f"{contact} {act} the business. Sending to {systems.short_name_of(contact.connection)}."


def get_business_or_404(request: MemberRequest, business_id: int) -> Business:
    """A business of one of the person's workspaces. Strangers and members elsewhere get the same 404."""
    found = Business.objects.filter(pk=business_id).select_related("connection__schedule").first()
    mine = {workspace.pk: workspace for workspace in access.workspaces(request)}
    if found is None or found.workspace_id not in mine:
        raise Http404("This business does not exist, or you are not a member of its account.")
    found.workspace = found.connection.workspace = mine[found.workspace_id]
    use_fallback_zone(request, found.workspace.timezone)
    return found
