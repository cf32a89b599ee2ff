"""Other values in the place of a change that did not get through."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from contacts_ui.components.field_input import Input, as_typed, input_of, typed
from contacts_ui.components.field_names import Names, names_for
from contacts_ui.components.task_row import there_of
from contacts_ui.components.wished import in_words, wished
from contacts_ui.shell import access, again, systems
from contacts_ui.shell.http import MemberRequest, NotAllowed
from integrations.sync import commands
from integrations.sync.health.fields import as_data, editable_of
from integrations.sync.health.writes import Write

INVALID = 422


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit_change(request: MemberRequest, write_id: int) -> HttpResponse:
    """The values of a failed change in a form, or asks for those that were typed."""
    write = access.get_write_or_404(request, write_id)
    columns = editable_of(write)
    if not columns or write.state != "failed":
        raise Http404("This change has no values to edit, or it was settled already.")
    if why := again.why_not(request, write):
        raise NotAllowed(why)
    names = names_for([write])
    inputs = {column: input_of(write, column, write.changes[column], names) for column in columns}
    if request.method != "POST":
        return _form(request, write, inputs, names)
    return _ask(request, write, inputs, names)


def _ask(request: MemberRequest, write: Write, inputs: dict[str, Input], names: Names) -> HttpResponse:
    wanted, wrong = dict(write.changes), dict[str, str]()
    for column, made in inputs.items():
        try:
            wanted[column] = _read(write, column, made, request)
        except commands.Invalid as error:
            wrong[column] = str(error)
    if wrong:
        inputs = {column: as_typed(one, request.POST, wrong.get(column, "")) for column, one in inputs.items()}
        return _form(request, write, inputs, names, status=INVALID)
    try:
        commands.edit_failed(write=write, changes=wanted, actor=request.user)
    except commands.Refused as refused:
        messages.error(request, f"{in_words(write)} was not sent. {refused}")
    else:
        messages.info(request, f"{in_words(write)} is being sent with your changes.")
    return redirect(_list_of(request, write))


def _list_of(request: MemberRequest, write: Write) -> str:
    """The list that the change stands in: one's own, or the log, which holds those of everybody."""
    return "contacts_ui:changes" if write.actor_id == request.user.pk else "contacts_ui:sync-log"


def _read(write: Write, column: str, made: Input, request: MemberRequest) -> Any:
    data = as_data(column, typed(made, request.POST))
    operation = f"{write.kind}.update"
    asked = commands.asked(operation, data, write.connection, now=timezone.now())
    return asked.changes[column]


def _form(
    request: MemberRequest, write: Write, inputs: dict[str, Input], names: Names, status: int = 200
) -> HttpResponse:
    context = {
        "write": write,
        "wished": wished(write, names),
        "inputs": inputs.values(),
        "list": _list_of(request, write),
    }
    context["there"] = there_of(write, systems.short_name_of(write.connection), systems.page_about(write))
    return render(request, "contacts_ui/changes/edit.html", context, status=status)
