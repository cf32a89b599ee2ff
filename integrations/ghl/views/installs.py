"""Installs that wait: an installation admin claims one, chooses its sub-accounts, or throws it away."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from integrations.connections.ports import SyncError
from integrations.ghl import installs, scopes
from integrations.ghl.adapter import Unreadable
from integrations.ghl.forms import ChooseForm
from integrations.ghl.installs import Claimed, Offer
from integrations.ghl.models import ParkedInstall
from integrations.ghl.views.access import staff_or_403
from integrations.ghl.views.after_connect import connections_page, first_sync
from integrations.security import callouts
from integrations.workspace.models import AuditEntry, User


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def install(request: HttpRequest, install_id: int) -> HttpResponse:
    """Shows what an install opens; a POST connects what was chosen, as far as there is time."""
    actor = staff_or_403(request)
    parked = _get_or_404(install_id)
    try:
        with callouts.lane(request, "install"):
            return _choose(request, parked, actor)
    except SyncError as error:
        status = 409 if isinstance(error, Unreadable) else 502
        return render(request, "ghl/install.html", {"install": parked, "error": error}, status=status)


def _choose(request: HttpRequest, parked: ParkedInstall, actor: User) -> HttpResponse:
    tokens = installs.tokens_of(parked, timezone.now())
    offered = installs.offer(tokens, named=request.method != "POST")
    form = _form(request, offered)
    if form.is_valid():
        chosen, wants_write = form.cleaned_data["locations"], form.cleaned_data["may_write"]
        done = installs.claim(tokens, chosen, actor=actor, wants_write=wants_write)
        return _claimed(request, parked, offered, done)
    if form.errors:
        offered = installs.offer(tokens)
        form = _form(request, offered)
    context = {
        "install": parked,
        "form": form,
        "note": offered.note,
        "may_write": scopes.allow_writing(parked.scopes),
    }
    return render(request, "ghl/install.html", context, status=400 if form.errors else 200)


def _form(request: HttpRequest, offered: Offer) -> ChooseForm:
    return ChooseForm(
        request.POST if request.method == "POST" else None,
        candidates=offered.candidates,
        initial={"may_write": request.GET.get("write") == "1"},
    )


def _claimed(request: HttpRequest, parked: ParkedInstall, offered: Offer, done: Claimed) -> HttpResponse:
    """On to the first syncs; back to the choice while something of it is not connected yet."""
    if not done.left:
        parked.delete()
        return first_sync(request, *done.connections)
    installs.keep_rest(parked, offered.candidates, done.connections)
    first_sync(request, *done.connections)
    messages.warning(
        request,
        f"{len(done.connections)} of {len(done.connections) + len(done.left)} chosen sub-accounts are connected. "
        f"Not connected yet: {', '.join(done.left)}. {done.error} Choose them again to continue.",
    )
    return redirect("ghl:install", parked.pk)


@require_POST
@login_required
def discard(request: HttpRequest, install_id: int) -> HttpResponse:
    """Throw an install away, tokens and all."""
    actor = staff_or_403(request)
    parked = _get_or_404(install_id)
    AuditEntry.record(act="install.discard", actor=actor, target=parked.location_id or parked.company_id)
    parked.delete()
    messages.info(request, "The install was discarded and its tokens deleted. In GHL the app is still installed.")
    return redirect(connections_page())


def _get_or_404(install_id: int) -> ParkedInstall:
    for parked in installs.waiting(timezone.now()):
        if parked.pk == install_id:
            return get_object_or_404(ParkedInstall, pk=install_id)  # with its tokens, which the list leaves out
    raise Http404("This install was claimed, discarded or has expired.")
