"""A person's own changes that wait, failed or are unknown, with what can be done about each."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from contacts_ui.components import unsent
from contacts_ui.shell import access
from contacts_ui.shell.address import id_in
from contacts_ui.shell.depth import depth_in, page_query
from contacts_ui.shell.htmx import render_page_or_fragment, wants_part
from contacts_ui.shell.http import MemberRequest

TEMPLATE = "contacts_ui/changes/changes.html"


@require_safe
@login_required
def show_changes(request: MemberRequest) -> HttpResponse:
    """The page, further rows (`before`), or its list again; 204 while that looks as the page has `seen` it."""
    workspaces = access.workspaces(request)
    mine, now = [workspace.pk for workspace in workspaces], timezone.now()
    before, is_more = id_in(request.GET, "before"), wants_part(request) and "before" in request.GET
    size = unsent.OWN_AT_ONCE if is_more else depth_in(page_query(request), "rows", unsent.OWN_AT_ONCE)
    page = unsent.own_page(request, mine, before, now, size)
    if request.htmx and request.GET.get("seen") == page.look:
        return HttpResponse(status=204)
    context = {"page": page, "many": len(workspaces) > 1, "now": now}
    return render_page_or_fragment(request, TEMPLATE, context, fragment="rows" if before else "list")
