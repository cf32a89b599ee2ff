"""The contact list: search, filters, counts, and the next page when the reader gets there."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from contacts_ui.components import freshness
from contacts_ui.components.owners import owners_of
from contacts_ui.contacts import contact_list
from contacts_ui.contacts.filters import NOBODY, ContactFilters
from contacts_ui.shell import access
from contacts_ui.shell.htmx import render_page_or_fragment, wants_part
from contacts_ui.shell.http import MemberRequest

TEMPLATE = "contacts_ui/contacts/contact_list.html"


@require_safe
@login_required
def list_contacts(request: MemberRequest) -> HttpResponse:
    """The list, its results only for a changed filter, or only further rows for a `cursor`."""
    filters = ContactFilters.from_query(request.GET)
    cursor = contact_list.Cursor.decode(request.GET.get("cursor", ""), by_name=filters.by_name)
    context = _rows(request, filters, cursor)
    if wants_part(request) and cursor:
        return render_page_or_fragment(request, TEMPLATE, context, fragment="rows")
    context |= _surroundings(request, filters, context)
    response = render_page_or_fragment(request, TEMPLATE, context, fragment="results")
    if wants_part(request):
        # The form would write its empty fields too; the address bar gets the short form.
        response["HX-Replace-Url"] = reverse("contacts_ui:contact-list") + filters.address().removesuffix("?")
    return response


def _rows(request: MemberRequest, filters: ContactFilters, cursor: contact_list.Cursor | None) -> dict[str, Any]:
    now = timezone.now()
    workspaces = access.workspaces(request)
    owners = owners_of(workspaces)
    found = contact_list.matching(workspaces, filters)
    page = contact_list.read_page(found, filters, cursor, owners, now)
    return {
        "now": now,
        "filters": filters,
        "found": found,
        "owners": owners,
        "page": page,
        "codes": {w.pk: w.code for w in workspaces} if len(workspaces) > 1 else {},
        "is_continued": cursor is not None,
    }


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a filter's menu."""

    value: str
    name: str


def _surroundings(request: MemberRequest, filters: ContactFilters, context: dict[str, Any]) -> dict[str, Any]:
    workspaces = access.workspaces(request)
    total = contact_list.scope(workspaces).count()
    owners = [Choice(person.remote_id, person.name) for person in context["owners"].values()]
    return {
        "total": total,
        "matches": total if filters.is_empty else context["found"].count(),
        "tags": contact_list.tag_names(workspaces),
        "owner_choices": [*owners, Choice(NOBODY, "No owner")],
        "account_choices": [Choice(str(w.pk), w.name) for w in workspaces] if len(workspaces) > 1 else [],
        "has_workspaces": bool(workspaces),
        "may_manage": access.may_manage(request),
        "freshness": freshness.in_one_line(freshness.of_each(workspaces, context["now"])),
    }
