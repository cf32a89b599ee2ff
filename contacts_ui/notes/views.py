"""A contact's notes: write, edit, pin and delete one. Its form is a part of a page, and a page by itself."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts_ui.components import pending
from contacts_ui.components.note_row import COLOURS, NoteRow, row_of
from contacts_ui.components.record_form import (
    RecordForm,
    changed,
    key_of,
    new_token,
    opened_in,
    render_form,
    token_in,
)
from contacts_ui.components.task_row import lock_of
from contacts_ui.notes import forms
from contacts_ui.shell import access, own_notes, systems
from contacts_ui.shell.htmx import wants_part
from contacts_ui.shell.http import MemberRequest
from integrations.activity.models import Contact, Note
from integrations.sync import commands
from integrations.sync.health import changes
from integrations.sync.health.writes import Write

TEMPLATE, ROW = "contacts_ui/notes/note_form.html", "contacts_ui/notes/_answer.html"
EMPTY = {"title": "", "body": "", "colour": "", "is_pinned": False}


@require_safe
@login_required
def new_note(request: MemberRequest, contact_id: int) -> HttpResponse:
    """An empty form."""
    contact = access.get_contact_or_404(request, contact_id)
    return _form(request, contact, RecordForm(EMPTY, EMPTY, token=new_token()))


@require_POST
@login_required
def add_note(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Have the note added; the same form sent again adds none."""
    contact = access.get_contact_or_404(request, contact_id)
    wanted, token = forms.wanted_in(request.POST, EMPTY), token_in(request.POST)
    given = {name: value for name, value in wanted.items() if value or name == "body"}
    try:
        commands.require_write_access(contact.connection)
        asked = commands.asked("note.create", forms.asked_of(given), contact.connection, now=timezone.now())
        how: dict[str, Any] = {"actor": request.user, "form": key_of(request.POST, contact.pk)}
        write = commands.create("note.create", contact.connection, asked.changes, contact=contact, **how)
    except (commands.Invalid, commands.Refused) as error:
        form = RecordForm(wanted, EMPTY, token=token, **forms.with_errors(error))
        return _form(request, contact, form)
    return _answer(request, contact, _row(request, contact, write, write.changes), "Note added.", is_new=True)


@require_safe
@login_required
def edit_note(request: MemberRequest, contact_id: int, note_id: int) -> HttpResponse:
    """The form of a note as it stands, with what is on its way already."""
    contact = access.get_contact_or_404(request, contact_id)
    note = own_notes.get_own_note_or_404(request, contact, note_id)
    standing = changes.standing(note)
    return _form(request, contact, RecordForm(forms.shown(standing), standing), note)


@require_POST
@login_required
def save_note(request: MemberRequest, contact_id: int, note_id: int) -> HttpResponse:
    """Have what was changed in the form changed; nothing else is touched."""
    contact = access.get_contact_or_404(request, contact_id)
    note = own_notes.get_own_note_or_404(request, contact, note_id)
    opened = opened_in(request.POST, changes.standing(note))
    wanted = forms.wanted_in(request.POST, opened)
    news, base = changed(forms.kept_words(wanted, opened), opened)
    try:
        commands.require_write_access(note.connection)
        asked = commands.asked("note.update", forms.asked_of(news), note.connection, now=timezone.now())
        write = _written(request, note, "note.update", asked.changes, base=base) if news else None
    except (commands.Invalid, commands.Refused) as error:
        return _form(request, contact, RecordForm(wanted, opened, **forms.with_errors(error)), note)
    return _answered(request, contact, note, write, "Note saved." if write else "Nothing was changed.")


@require_POST
@login_required
def pin_note(request: MemberRequest, contact_id: int, note_id: int) -> HttpResponse:
    """Put it above the timeline."""
    return _act(request, contact_id, note_id, "note.pin", "Note pinned.")


@require_POST
@login_required
def unpin_note(request: MemberRequest, contact_id: int, note_id: int) -> HttpResponse:
    """Take it down again."""
    return _act(request, contact_id, note_id, "note.unpin", "Note unpinned.")


@require_POST
@login_required
def delete_note(request: MemberRequest, contact_id: int, note_id: int) -> HttpResponse:
    """Have it deleted, with a moment to take that back."""
    return _act(request, contact_id, note_id, "note.delete", "Note deleted. You can still undo it.")


def _act(request: MemberRequest, contact_id: int, note_id: int, operation: str, said: str) -> HttpResponse:
    contact = access.get_contact_or_404(request, contact_id)
    note = own_notes.get_own_note_or_404(request, contact, note_id)
    try:
        write = _written(request, note, operation, {})
    except commands.Refused as refused:
        standing = changes.standing(note)
        form = RecordForm(forms.shown(standing), standing, refusal=str(refused))
        return _form(request, contact, form, note)
    return _answered(request, contact, note, write, said)


def _written(
    request: MemberRequest, note: Note, operation: str, columns: Mapping[str, Any], **how: Any
) -> Write | None:
    return commands.write(operation, note, columns, actor=request.user, **how)


def _answered(
    request: MemberRequest, contact: Contact, note: Note, write: Write | None, said: str
) -> HttpResponse:
    shown = write or changes.pending_of(note, request.user.pk)
    row = _row(request, contact, shown, changes.standing(note)) if shown else None
    return _answer(request, contact, row, said)


def _row(request: MemberRequest, contact: Contact, write: Write, columns: Mapping[str, Any]) -> NoteRow:
    connection, now = contact.connection, timezone.now()
    stands = pending.of(
        write,
        now=now,
        system=systems.short_name_of(connection),
        there=systems.contact_url(contact),
        viewer=request.user.pk,
        oversees=access.oversees(request, contact.workspace),
        lock=lock_of(connection),
    )
    did = {"note.create": "added a note", "note.delete": "deleted a note"}.get(write.operation, "edited a note")
    return row_of(stands, columns, viewer=request.user.pk, did=did)


def _form(request: MemberRequest, contact: Contact, form: RecordForm, note: Note | None = None) -> HttpResponse:
    lock = lock_of(contact.connection)
    context = {
        "contact": contact,
        "note": note,
        "lock": lock,
        # A colour that is not ours stays what it is.
        "colours": (COLOURS | {form.opened["colour"]: COLOURS.get(form.opened["colour"], "As it is")}).items(),
        "system": systems.short_name_of(contact.connection),
    }
    return render_form(request, TEMPLATE, context, form)


def _answer(
    request: MemberRequest,
    contact: Contact,
    row: NoteRow | None,
    said: str,
    *,
    is_new: bool = False,
) -> HttpResponse:
    if not wants_part(request):
        messages.info(request, said)
        return redirect("contacts_ui:contact-timeline", contact.pk)
    access.forget(request)
    context = {"contact": contact, "row": row, "said": said, "is_new": is_new}
    response = render(request, ROW, context)
    response["HX-Trigger"] = "write-changed"  # whoever listens on the page asks how it stands now
    return response
