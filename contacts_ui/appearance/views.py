"""How the product looks to one person: light or dark, kept in their browser."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from contacts_ui.shell.http import MemberRequest
from contacts_ui.shell.theme import THEMES, theme_of

YEAR = 365 * 86_400


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def appearance(request: MemberRequest) -> HttpResponse:
    """Shows the choice, or keeps it for a year. preferences.js does the same without a reload."""
    if request.method != "POST":
        zone = timezone.get_current_timezone_name()
        return render(
            request, "contacts_ui/appearance/appearance.html", {"theme": theme_of(request), "zone": zone}
        )
    answer = redirect("contacts_ui:appearance")
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        answer.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax")
    else:
        answer.delete_cookie("theme", samesite="Lax")
    return answer
