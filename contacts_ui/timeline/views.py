"""One contact: who they are, what to do next, and everything that happened, newest first."""

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts_ui.components import freshness
from contacts_ui.shell import access
from contacts_ui.shell.htmx import render_page_or_fragment, wants_part
from contacts_ui.shell.http import MemberRequest
from contacts_ui.timeline import refresh_status
from contacts_ui.timeline.filters import TimelineFilters
from contacts_ui.timeline.page import read_beside, read_page, read_part
from contacts_ui.timeline.places import Places
from integrations.sync import commands, health

TEMPLATE = "contacts_ui/timeline/timeline.html"


@require_safe
@login_required
def show_timeline(request: MemberRequest, contact_id: int) -> HttpResponse:
    """The page, its results only for a changed filter, or one part: older days, more to do, all that is pinned."""
    contact = access.get_contact_or_404(request, contact_id)
    if contact.deleted_at and contact.merged_into_id:
        # Both are of one workspace, and the page of the other one checks again.
        return redirect("contacts_ui:contact-timeline", contact.merged_into_id)
    filters = TimelineFilters.from_query(request.GET, has_changes=request.user.shows_changes)
    places = Places.from_query(request.GET)
    if wants_part(request) and (fragment := places.fragment):
        part = read_part(request, contact, filters, places, fragment)
        return render_page_or_fragment(request, TEMPLATE, part, fragment=fragment)
    # Taken first: what changes meanwhile then shows as a newer version, never as the same one.
    state = health.state_of(contact)
    is_whole = not wants_part(request)
    page = read_page(request, contact, filters, places, state, is_whole=is_whole)
    if is_whole:
        page |= read_beside(request, contact, page)
    response = render_page_or_fragment(request, TEMPLATE, page, fragment="results")
    if wants_part(request):
        here = reverse("contacts_ui:contact-timeline", args=[contact.pk])
        response["HX-Replace-Url"] = here + filters.address().removesuffix("?")
    return response


@require_safe
@login_required
def show_changes(request: MemberRequest, contact_id: int) -> HttpResponse:
    """The parts of an open page when they differ from the version that it shows (`X-Seen`), otherwise 204.

    The address carries the page's own query; `X-Shown` is how many rows it has of the past, to do, and pinned.
    """
    state = health.state_of(access.get_watched_contact_or_404(request, contact_id))
    if request.headers.get("X-Seen") == state.version:
        return HttpResponse(status=204)
    access.framed(request)  # the answer says how much waits
    contact = access.get_contact_or_404(request, contact_id)
    places = Places.from_query(request.GET).as_deep_as(request.headers.get("X-Shown", ""))
    filters = TimelineFilters.from_query(request.GET, has_changes=request.user.shows_changes)
    page = read_page(request, contact, filters, places, state, is_whole=True)
    page |= read_beside(request, contact, page)
    response = render(request, "contacts_ui/timeline/_live.html", page)
    response["X-Version"] = state.version
    return response


@require_POST
@login_required
def refresh_contact(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Read a contact again: asked for by a page that was just opened, or by its button (`now`)."""
    contact = access.get_contact_or_404(request, contact_id)
    commands.refresh_contact(contact=contact, at_once="now" in request.POST)
    contact.refresh_from_db(fields=["refresh_asked_at", "refreshed_at"])
    now = timezone.now()
    account = freshness.of_one(contact.connection, now)
    refresh = refresh_status.state_of(contact, account, health.reading_of(contact), now)
    said = _said(refresh)
    if not request.htmx:
        messages.info(request, said)
        return redirect("contacts_ui:contact-timeline", contact.pk)
    # What a page asks for by itself is not announced: that would talk over what its reader just did.
    is_pressed = "now" in request.POST
    if is_pressed and not refresh.is_under_way and not refresh.why:
        refresh = replace(refresh, words="Already up to date, checked")
    context = {"contact": contact, "refresh": refresh, "now": now, "said": said if is_pressed else ""}
    return render(request, "contacts_ui/timeline/_refresh.html", context)


@require_POST
@login_required
def switch_changes(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Have changes among everything else or not, from now on, on every contact's page and in every browser."""
    contact = access.get_contact_or_404(request, contact_id)
    request.user.shows_changes = request.POST.get("changes") == "show"
    request.user.save(update_fields=["shows_changes"])
    here = reverse("contacts_ui:contact-timeline", args=[contact.pk])
    return redirect(here + TimelineFilters.from_query(request.POST).address().removesuffix("?"))


def _said(refresh: refresh_status.Refresh) -> str:
    if refresh.is_under_way:
        return "Reading this contact again."
    return refresh.why or "Already up to date (checked under a minute ago)."
