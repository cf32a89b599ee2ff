"""Custom fields of an account: managers see the types and samples, admins decide what profiles show and how."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from contacts_ui.formatting.custom_fields import Definition, Field, shown
from contacts_ui.shell import access, systems
from contacts_ui.shell.address import query_string, text_in
from contacts_ui.shell.htmx import render_page_or_fragment
from contacts_ui.shell.http import MemberRequest
from integrations.activity.models import ShownField
from integrations.activity.shown_fields import MOST_LISTED, Decision, ListedField, decide, listing_of
from integrations.workspace.models import Workspace

TEMPLATE = "contacts_ui/fields/fields.html"
# What the provider calls its types, in plain words; any other name is made readable.
TYPES = {
    "TEXT": "Text",
    "LARGE_TEXT": "Long text",
    "NUMERICAL": "Number",
    "MONETORY": "Money",
    "PHONE": "Phone",
    "DATE": "Date",
    "SINGLE_OPTIONS": "One choice",
    "RADIO": "One choice",
    "MULTIPLE_OPTIONS": "Many choices",
    "CHECKBOX": "Many choices",
    "TEXTBOX_LIST": "List of texts",
    "FILE_UPLOAD": "File",
    "SIGNATURE": "Signature",
}


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of the page; `samples` are drawn as profiles would draw them."""

    field: ListedField
    type_words: str
    samples: tuple[Field, ...]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def map_fields(request: MemberRequest, workspace_id: int) -> HttpResponse:
    """The fields with what is decided; an admin's decisions are stored and shown again."""
    workspace = _overseen_or_404(request, workspace_id)
    search = text_in(request.GET, "q")
    if request.method == "POST":
        if not access.manages(request, workspace):
            raise Http404("Only an admin of this account decides which fields profiles show.")
        return _store(request, workspace, search)
    return _page(request, workspace, search)


def _store(request: MemberRequest, workspace: Workspace, search: str) -> HttpResponse:
    order = _moved(request.POST.getlist("field")[:MOST_LISTED], request.POST)
    known = dict(ShownField.As.choices)
    decisions = {
        remote_id: Decision(
            f"shown.{remote_id}" in request.POST,
            asked if (asked := request.POST.get(f"as.{remote_id}", "")) in known else "",
        )
        for remote_id in order
    }
    number = decide(workspace, decisions, order=() if search else order, actor=request.user)
    said = (
        f"Saved. Profiles of {workspace.name} show {sum(one.is_shown for one in decisions.values())} of {number}."
    )
    if request.htmx:
        return _page(request, workspace, search, said)
    messages.success(request, said)
    return redirect(
        reverse("contacts_ui:field-map", args=[workspace.pk]) + query_string({"q": search}).rstrip("?")
    )


def _moved(order: list[str], asked: QueryDict) -> list[str]:
    """The order with one field a place further up or down, where that was pressed."""
    for name, by in (("up", -1), ("down", 1)):
        if (which := asked.get(name, "")) in order:
            place = order.index(which)
            order.insert(max(0, place + by), order.pop(place))
    return order


def _page(request: MemberRequest, workspace: Workspace, search: str, said: str = "") -> HttpResponse:
    listing = listing_of(workspace, search)
    context = {
        "workspace": workspace,
        "listing": listing,
        "rows": [_row(one) for one in listing.fields],
        "transforms": ShownField.As.choices,
        "search": search,
        "may_decide": access.manages(request, workspace),
        "system": systems.short_names(),
        "said": said,
    }
    return render_page_or_fragment(request, TEMPLATE, context, fragment="fields")


def _row(field: ListedField) -> FieldRow:
    how = Definition(field.name, field.data_type, shown_as=field.decision.shown_as)
    words = TYPES.get(field.data_type, field.data_type.replace("_", " ").capitalize() or "Unknown")
    return FieldRow(field, words, tuple(shown(sample, how) for sample in field.samples))


def _overseen_or_404(request: MemberRequest, workspace_id: int) -> Workspace:
    found = next((one for one in access.overseen(request) if one.pk == workspace_id), None)
    if found is None:
        raise Http404("This account does not exist, or you do not manage it.")
    return found
