"""The Test button: one call, one line of answer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from integrations.connections.models import Connection
from integrations.ghl.health_check import HealthCheck, check
from integrations.ghl.views.access import connection_or_404
from integrations.ghl.views.after_connect import connections_page
from integrations.security import callouts


@require_POST
@login_required
def test_connection(request: HttpRequest, workspace_id: int) -> HttpResponse:
    """The result as a fragment under the button, or as a message on the page where there is no JavaScript."""
    connection = connection_or_404(request, workspace_id)
    is_fragment = bool(request.headers.get("HX-Request"))
    try:
        with callouts.lane(request, "test"):
            result = check(connection)
    except callouts.Held as held:
        if not is_fragment:
            raise
        answer = held.marked(_line(request, connection, HealthCheck(False, str(held))))
        answer["X-Part"] = "1"  # shown although it is no success: static/js/notices.js
        return answer
    if is_fragment:
        return _line(request, connection, result)
    say = messages.success if result.has_passed else messages.error
    say(request, f"{connection.workspace.name}: {result.sentence}")
    return redirect(connections_page())


def _line(request: HttpRequest, connection: Connection, result: HealthCheck) -> HttpResponse:
    return render(request, "ghl/_health_check.html", {"check": result, "workspace": connection.workspace})
