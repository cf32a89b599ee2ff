"""What can be done about one change, wherever it is shown: ask how it stands, retry, dismiss, undo, hold the undo.

Each answers with the same part of a page, drawn from what is stored. `write-changed` tells the page around it.
"""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from contacts_ui.components import pending, write_acts
from contacts_ui.components.task_row import lock_of
from contacts_ui.components.write_acts import Outcome
from contacts_ui.shell import access, again, systems, viewer
from contacts_ui.shell.htmx import wants_part
from contacts_ui.shell.http import MemberRequest
from integrations.sync import commands
from integrations.sync.health.writes import Write
from integrations.workspace.models import User

TEMPLATE = "contacts_ui/components/_pending.html"
CHANGED = "write-changed"


@require_safe
@login_required
def show_change(request: MemberRequest, write_id: int) -> HttpResponse:
    """How it stands; 204 while it still looks as the asking page says it does (`seen`)."""
    write = access.get_write_or_404(request, write_id)
    if not wants_part(request):
        return redirect("contacts_ui:changes")
    row = _pending(request, write)
    if request.GET.get("seen") == row.look:
        return HttpResponse(status=204)
    return trigger_client_event(render(request, TEMPLATE, {"pending": row}), CHANGED)


@require_POST
@login_required
def retry_change(request: MemberRequest, write_id: int) -> HttpResponse:
    """Ask for the same again, as far as the person may still ask for it."""
    return _act(request, write_id, lambda write, person: _retry(request, write, person))


@require_POST
@login_required
def dismiss_change(request: MemberRequest, write_id: int) -> HttpResponse:
    """Put a failure away."""
    return _act(request, write_id, write_acts.dismiss)


@require_POST
@login_required
def undo_change(request: MemberRequest, write_id: int) -> HttpResponse:
    """Take back what was not sent yet."""
    return _act(request, write_id, write_acts.undo)


@require_POST
@login_required
def hold_change(request: MemberRequest, write_id: int) -> HttpResponse:
    """Keep the undo open while somebody rests on it. Nothing to show, so nothing is swapped."""
    write = access.get_write_or_404(request, write_id)
    held = commands.hold(write=write, actor=request.user, seconds=write_acts.HOLD_SECONDS)
    return HttpResponse(status=204, headers={"X-Held": "yes" if held else "no"})


def _retry(request: MemberRequest, write: Write, person: User) -> Outcome:
    if why := again.why_not(request, write):
        return Outcome(write.pk, why, is_refused=True)
    return write_acts.retry(write, person)


def _act(request: MemberRequest, write_id: int, act: Callable[[Write, User], Outcome]) -> HttpResponse:
    done = act(access.get_write_or_404(request, write_id), request.user)
    if not wants_part(request):
        (messages.error if done.is_refused else messages.info)(request, done.said)
        page = viewer.page_of(request)
        return redirect("contacts_ui:changes" if page == viewer.START else page)
    access.forget(request)
    # Read afresh after every act, never patched.
    row = _pending(request, access.get_write_or_404(request, done.write_id), done.said if done.is_refused else "")
    context = {"pending": row, "said": done.said, "is_answer": True}
    answer = render(request, TEMPLATE, context)
    return answer if done.is_refused else trigger_client_event(answer, CHANGED)


def _pending(request: MemberRequest, write: Write, refusal: str = "") -> pending.Pending:
    row = pending.of(
        write,
        now=timezone.now(),
        system=systems.short_name_of(write.connection),
        there=systems.page_about(write),
        viewer=request.user.pk,
        oversees=access.oversees(request, write.connection.workspace),
        lock=lock_of(write.connection),
        refusal=refusal,
    )
    return row.not_again() if again.barred(request, [write]) else row
