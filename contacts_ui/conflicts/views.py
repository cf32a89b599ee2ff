"""The inbox: what two people changed, settled by a click, and below it who decided what before."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from contacts_ui.components import pending
from contacts_ui.components.field_input import as_typed, typed
from contacts_ui.components.field_names import Names, names_for
from contacts_ui.components.task_row import UNLOCK, lock_of
from contacts_ui.conflicts import lists
from contacts_ui.conflicts.cards import Card, card_of, seen_of
from contacts_ui.shell import access, again, systems
from contacts_ui.shell.address import id_in
from contacts_ui.shell.depth import depth_in
from contacts_ui.shell.htmx import render_page_or_fragment, wants_part
from contacts_ui.shell.http import MemberRequest
from integrations.sync import commands
from integrations.sync.health.conflicts import Conflict, Taken
from integrations.sync.health.fields import as_data, updating

TEMPLATE, CARD = "contacts_ui/conflicts/conflicts.html", "contacts_ui/conflicts/_conflict.html"
MOVED = "{} has another value now. Nothing was settled."


@require_safe
@login_required
def show_conflicts(request: MemberRequest) -> HttpResponse:
    """The page, or only further rows of one of its lists."""
    after, before = id_in(request.GET, "after"), id_in(request.GET, "before")
    context = {
        "inbox": _inbox(request, _extent(request, after, before)),
        "now": timezone.now(),
        "may_rule": access.may_manage(request),
    }
    context["many"] = len(access.workspaces(request)) > 1
    return render_page_or_fragment(request, TEMPLATE, context, fragment="settled" if before else "open")


@require_POST
@login_required
def settle_conflict(request: MemberRequest, conflict_id: int) -> HttpResponse:
    """Take one of both values, or another one. Whoever comes second is told who was first."""
    conflict, taken = access.get_conflict_or_404(request, conflict_id), request.POST.get("taken", "")
    if taken not in Taken.values:
        return HttpResponseBadRequest("Choose mine, theirs or edited.")
    names = names_for([conflict.write])
    system = systems.short_name_of(conflict.write.connection)
    if not conflict.taken and request.POST.get("seen", "") != seen_of(conflict):
        return _answer(request, _card(request, conflict, names, told=MOVED.format(system)))
    if taken != Taken.THEIRS and (why := again.why_not(request, conflict.write)):
        return _answer(request, _card(request, conflict, names, told=why))
    try:
        value = _typed(request, conflict, names) if taken == Taken.EDITED else None
        commands.settle_conflict(
            conflict=conflict,
            taken=taken,
            value=value,
            actor=request.user,
            now=timezone.now(),
            remember="remember" in request.POST and access.oversees(request, conflict.write.connection.workspace),
        )
    except commands.Invalid as error:
        return _invalid(request, _card(request, conflict, names), str(error))
    except commands.Refused as refused:
        return _answer(request, _card(request, conflict, names, told=str(refused)))
    except commands.Settled:
        return _answer(request, _afresh(request, conflict_id, is_late=True))
    return _answer(request, _afresh(request, conflict_id))


def _extent(request: MemberRequest, after: int | None, before: int | None) -> lists.Extent:
    shown = QueryDict() if wants_part(request) else request.GET
    crossed, settled = lists.OPEN_AT_ONCE, lists.SETTLED_AT_ONCE
    return lists.Extent(after, before, depth_in(shown, "open", crossed), depth_in(shown, "settled", settled))


def _inbox(request: MemberRequest, extent: lists.Extent) -> lists.Inbox:
    mine = [workspace.pk for workspace in access.workspaces(request)]
    overseen = {workspace.pk for workspace in access.overseen(request)}
    return lists.inbox_of(request.user.pk, mine, overseen, extent)


def _typed(request: MemberRequest, conflict: Conflict, names: Names) -> Any:
    """The other value, checked as any value is. Raises Invalid."""
    write, card = conflict.write, card_of(conflict, names, viewer=request.user.pk)
    if card.input is None:
        raise commands.Invalid(f"{card.label} cannot be typed here. Choose one of the two values.")
    data = as_data(conflict.field, typed(card.input, request.POST))
    asked = commands.asked(updating(write.operation), data, write.connection, now=timezone.now())
    return asked.changes[conflict.field]


def _card(request: MemberRequest, conflict: Conflict, names: Names, told: str = "") -> Card:
    may_remember = access.oversees(request, conflict.write.connection.workspace)
    lock = UNLOCK.get(lock_of(conflict.write.connection), "")
    return card_of(conflict, names, viewer=request.user.pk, may_remember=may_remember, lock=lock, told=told)


def _afresh(request: MemberRequest, conflict_id: int, *, is_late: bool = False) -> Card:
    """As it stands after the act; what goes on with its change is shown too."""
    access.forget(request)
    conflict = access.get_conflict_or_404(request, conflict_id)
    card = _card(request, conflict, names_for([conflict.write]))
    changed: dict[str, Any] = {"pending": _pending(conflict)} if card.settled else {}
    if is_late:
        changed["told"] = f"{card.settled} before you." if card.settled else MOVED.format(card.system)
    return replace(card, **changed)


def _pending(conflict: Conflict) -> pending.Pending:
    write = conflict.write
    system, there = systems.short_name_of(write.connection), systems.page_about(write)
    return pending.of(write, now=timezone.now(), system=system, there=there, viewer=0)


def _invalid(request: MemberRequest, card: Card, error: str) -> HttpResponse:
    made = as_typed(card.input, request.POST, error) if card.input else None
    context = {"card": replace(card, input=made), "is_answer": True, "now": timezone.now()}
    if wants_part(request):
        return render(request, CARD, context, status=422)
    messages.error(request, error)
    return redirect("contacts_ui:conflicts")


def _answer(request: MemberRequest, card: Card) -> HttpResponse:
    said = card.told or f"{card.label}: {card.settled}."
    if wants_part(request):
        context = {"card": card, "is_answer": True, "said": said, "now": timezone.now()}
        return trigger_client_event(render(request, CARD, context), "write-changed")
    (messages.error if card.told else messages.info)(request, said)
    return redirect("contacts_ui:conflicts")
