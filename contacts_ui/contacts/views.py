"""The contact list: search, filters, counts, and the next page when the reader gets there."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from contacts_ui.components import freshness
from contacts_ui.components.owners import people
from contacts_ui.contacts import query, rows
from contacts_ui.contacts.cursor import Cursor
from contacts_ui.contacts.filters import ACTIVITY, NEXT, NOBODY, SORTS, ContactFilters
from contacts_ui.shell import access
from contacts_ui.shell.depth import depth_in
from contacts_ui.shell.htmx import render_page_or_fragment, wants_part
from contacts_ui.shell.http import MemberRequest
from integrations.activity.overview import overview

# The columns with what their heads sort by. Tags are many at once and the weeks are twelve numbers, so neither has
# an order that an index could hold.
HEADS = (
    ("name", "Name", "name"),
    ("firm", "Business", "business"),
    ("owner", "Owner", "owner"),
    ("tags", "Tags"),
    ("weeks", "12 weeks"),
    ("last", "Last activity", ACTIVITY),
    ("next", "Next step", NEXT),
)
TITLES = {
    NEXT: "Only late tasks first, then the soonest step. No next step comes last.",
    f"-{NEXT}": "The step furthest ahead first, late tasks after it. No next step comes last.",
}
TEMPLATE = "contacts_ui/contacts/contact_list.html"


@require_safe
@login_required
def list_contacts(request: MemberRequest) -> HttpResponse:
    """The list, its results only for a changed filter, or only further rows for a `cursor`."""
    filters = ContactFilters.from_query(request.GET)
    cursor = Cursor.decode(request.GET.get("cursor", ""), letters=filters.letters)
    context = _results(request, filters, cursor)
    if not wants_part(request):
        context |= _surroundings(request, context)
        return render_page_or_fragment(request, TEMPLATE, context, fragment="results")
    if cursor:
        return render_page_or_fragment(request, TEMPLATE, context, fragment="rows")
    response = render_page_or_fragment(request, TEMPLATE, context, fragment="results")
    # The form would write its empty fields too; the address bar gets the short form.
    response["HX-Replace-Url"] = reverse("contacts_ui:contact-list") + filters.address().removesuffix("?")
    return response


def _results(request: MemberRequest, filters: ContactFilters, cursor: Cursor | None) -> dict[str, Any]:
    """What a part of the page shows: rows, and how many there are."""
    now = timezone.now()
    workspaces = access.workspaces(request)
    around = overview([workspace.pk for workspace in workspaces], with_tags=not wants_part(request))
    owners, total = people(around.users), sum(around.contacts.values())
    found = query.find(workspaces, filters, around.contacts)
    size = query.PAGE_SIZE if cursor else depth_in(request.GET, "rows", query.PAGE_SIZE, query.MOST_ROWS)
    page = query.read_page(found, filters, cursor, size, now=now)
    codes = {w.pk: w.code for w in workspaces} if len(workspaces) > 1 else {}
    return {
        "now": now,
        "filters": filters,
        "owners": owners,
        "tags": around.tags,
        "rows": rows.drawn(page.contacts, filters.q, owners, codes, now=now, as_of=page.as_of),
        "next_cursor": page.next_cursor,
        "sorts": [Choice("", "Last activity"), *(Choice(*one) for one in SORTS.items())],
        "heads": [_head(filters, *head) for head in HEADS],
        "sorted_by": SORTS.get(filters.sort, "Latest activity first"),
        "is_continued": cursor is not None,
        "total": total,
        "matches": found.said,
        "look": found.look,
    }


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column; `address` sorts by it and `way` is how it is sorted, "" each where it is not.

    `title` says what stands first, where the name leaves that open.
    """

    column: str
    name: str
    order: str
    address: str
    way: str
    title: str = ""


def _head(filters: ContactFilters, column: str, name: str, order: str = "") -> Head:
    if not order:
        return Head(column, name, "", "", "")
    # The latest activity first is this order's usual way, and letters rise.
    rises = filters.is_turned == (order == ACTIVITY)
    way = ("ascending" if rises else "descending") if filters.order == order else ""
    title = TITLES.get(filters.sort if way else order, "")
    return Head(column, name, order, filters.address(sort=filters.sort_of(order)), way, title)


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a filter's menu."""

    value: str
    name: str


def _surroundings(request: MemberRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What stands around the results on a whole page."""
    workspaces = access.workspaces(request)
    owners = [Choice(person.remote_id, person.name) for person in context["owners"].values()]
    return {
        "owner_choices": [*owners, Choice(NOBODY, "No owner")],
        "account_choices": [Choice(str(w.pk), w.name) for w in workspaces] if len(workspaces) > 1 else [],
        "has_workspaces": bool(workspaces),
        "may_manage": access.may_manage(request),
        "freshness": freshness.in_one_line(freshness.of_each(workspaces, context["now"])),
    }
