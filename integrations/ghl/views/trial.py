"""The Test button: one call, one line of answer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from integrations.ghl.probe import probe
from integrations.ghl.views.access import connection_or_404
from integrations.ghl.views.done import connections_page


@require_POST
@login_required
def test_connection(request: HttpRequest, workspace_id: int) -> HttpResponse:
    """The result as a fragment under the button, or as a message on the page where there is no JavaScript."""
    connection = connection_or_404(request, workspace_id)
    result = probe(connection)
    if request.headers.get("HX-Request"):
        return render(request, "ghl/_probe.html", {"probe": result, "workspace": connection.workspace})
    say = messages.success if result.has_passed else messages.error
    say(request, f"{connection.workspace.name}: {result.sentence}")
    return redirect(connections_page())
