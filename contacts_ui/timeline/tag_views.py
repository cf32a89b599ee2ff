"""Tags of a contact: added and taken off one by one, in the profile, each by a write of its own."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from contacts_ui.components.contact_wishes import ADDS, REMOVES, wished
from contacts_ui.components.write_acts import still_sent
from contacts_ui.shell import access, systems
from contacts_ui.shell.htmx import wants_part
from contacts_ui.shell.http import MemberRequest
from contacts_ui.timeline import profile_part
from integrations.activity.models import Contact, Tag
from integrations.sync import commands
from integrations.sync.health.contact_writes import unsettled_of
from integrations.sync.health.writes import Write

PART, PAGE = "contacts_ui/timeline/_tags.html", "contacts_ui/timeline/tags.html"
MOST_SUGGESTED = 300
OPPOSITE = {ADDS: REMOVES, REMOVES: ADDS}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit_tags(request: MemberRequest, contact_id: int) -> HttpResponse:
    """The tags with what adds and removes them; `add` holds names between commas, `remove` one name."""
    contact = access.get_contact_or_404(request, contact_id)
    if refusal := profile_part.refusal_of(contact):
        return profile_part.answer(request, contact, refusal=refusal)
    if request.method != "POST":
        return _tags(request, contact)
    operation = REMOVES if "remove" in request.POST else ADDS
    typed = request.POST.get("remove") or request.POST.get("add", "")
    names = [typed] if operation == REMOVES else [name for name in typed.split(",") if name.strip()]
    try:
        said = _write(request, contact, operation, names)
    except (commands.Invalid, commands.Refused) as error:
        return _tags(request, contact, error=str(error), typed=typed, status=422)
    if not request.htmx:
        return redirect(reverse("contacts_ui:contact-tags", args=[contact.pk]))
    return _tags(request, contact, said=said)


def _write(request: MemberRequest, contact: Contact, operation: str, names: list[str]) -> str:
    """Have it done, or take back the opposite where nothing of that was sent yet. Returns it in words."""
    asked = commands.asked(operation, {"tags": names}, contact.connection, target=contact, now=timezone.now())
    words = ", ".join(asked.changes["tag_names"])
    contrary = [one for one in unsettled_of(contact) if _is_opposite(one, operation, asked.changes["tag_names"])]
    own = [one for one in contrary if one.actor_id == request.user.pk]
    theirs = own or (contrary if access.oversees(request, contact.workspace) else [])
    if [one for one in theirs if commands.undo(write=one, actor=request.user)]:
        return f"{words}: undone. {still_sent(theirs[0], request.user)}"
    made = commands.write(operation, contact, asked.changes, actor=request.user)
    if made is None:
        return f"{words}: nothing to change."
    return f"{words} {'added' if operation == ADDS else 'removed'}. Sending to {_system(contact)}."


def _is_opposite(write: Write, operation: str, names: list[str]) -> bool:
    held = [name.casefold() for name in write.changes.get("tag_names", ())]
    return (
        write.can_undo and write.operation == OPPOSITE[operation] and held == [name.casefold() for name in names]
    )


def _tags(
    request: MemberRequest,
    contact: Contact,
    *,
    said: str = "",
    error: str = "",
    typed: str = "",
    status: int = 200,
) -> HttpResponse:
    shown = wished(contact, unsettled_of(contact))
    look = "-".join(f"{chip.name}{chip.mark[:1]}" for chip in shown.tags)
    if request.htmx and request.GET.get("seen") == look:
        return HttpResponse(status=204)
    known = Tag.objects.filter(workspace=contact.workspace_id).order_by("name").values_list("name", flat=True)
    context = {
        "contact": contact,
        "tags": shown.tags,
        "is_moving": any(chip.mark for chip in shown.tags),
        "look": look,
        "known": list(known[: MOST_SUGGESTED + 1]),
        "error": error,
        "typed": typed,
        "said": said,
        "system": _system(contact),
        "may_suggest": "seen" not in request.GET,
    }
    name = PART if wants_part(request) else PAGE
    response = render(
        request, f"{name}#chips" if "seen" in request.GET and wants_part(request) else name, context, status=status
    )
    response["X-Part"] = "1"
    return response


def _system(contact: Contact) -> str:
    return systems.short_name_of(contact.connection)
