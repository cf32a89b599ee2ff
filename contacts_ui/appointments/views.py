"""A contact's meetings: book one, move it, call it off, say how it went. Forms are parts of a page, or pages."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts_ui.appointments import forms
from contacts_ui.appointments.offers import Offer, offer_of
from contacts_ui.appointments.rights import lock_of, require_access
from contacts_ui.appointments.tried import tried_in, with_tried
from contacts_ui.components.owners import people
from contacts_ui.components.record_form import RecordForm, key_of, new_token, opened_in, render_form, token_in
from contacts_ui.shell import access, systems, viewer
from contacts_ui.shell.htmx import wants_part
from contacts_ui.shell.http import MemberRequest
from integrations.activity import bookable
from integrations.activity.models import Appointment, Contact
from integrations.sync import commands
from integrations.sync.health import changes
from integrations.sync.health.writes import Write

TEMPLATE, TIMES = "contacts_ui/appointments/form.html", "contacts_ui/appointments/_offer.html"
DONE = "contacts_ui/appointments/_done.html"
OUTCOMES = {"showed": "appointment.showed", "noshow": "appointment.no_show"}
UNCHANGED = "Nothing was changed."


@require_safe
@login_required
def new_appointment(request: MemberRequest, contact_id: int) -> HttpResponse:
    """An empty form, or what was asked for before and could not be booked (`again`)."""
    contact = access.get_contact_or_404(request, contact_id)
    form = RecordForm(forms.empty(timezone.now()), token=new_token())
    return _form(request, contact, with_tried(form, tried_in(request, contact)))


@require_POST
@login_required
def book_appointment(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Have it booked; the same form sent again books nothing more."""
    contact, now = access.get_contact_or_404(request, contact_id), timezone.now()
    wanted, token = forms.wanted_in(request.POST), token_in(request.POST)
    try:
        require_access(contact)
        data = forms.booking_of(wanted, is_offered="offered" in request.POST)
        asked = commands.asked("appointment.create", data, contact.connection, now=now)
        how: dict[str, Any] = {"actor": request.user, "form": key_of(request.POST, contact.pk)}
        how |= {"contact": contact, "options": asked.options}
        commands.create("appointment.create", contact.connection, asked.changes, **how)
    except (commands.Invalid, commands.Refused) as error:
        return _form(request, contact, _refused(RecordForm(wanted, token=token), error))
    if before := tried_in(request, contact):  # this one stands in its place
        commands.dismiss(write=before, actor=request.user)
    return _answer(request, contact, "Meeting kept here. It is being sent.")


@require_safe
@login_required
def show_slots(request: MemberRequest, contact_id: int) -> HttpResponse:
    """The free times of a calendar on a day, as a part of a form."""
    contact = access.get_contact_or_404(request, contact_id)
    if lock_of(contact):
        return render(request, TIMES, {"offer": Offer(), "form": RecordForm(forms.wanted_in(request.GET))})
    values = forms.wanted_in(request.GET)
    context = {"offer": offer_of(request, contact.connection, values), "form": RecordForm(values)}
    return render(request, TIMES, context | {"is_move": "move" in request.GET, "contact": contact})


@require_safe
@login_required
def edit_appointment(request: MemberRequest, contact_id: int, appointment_id: int) -> HttpResponse:
    """The form of a meeting as it stands, with what is on its way already."""
    contact = access.get_contact_or_404(request, contact_id)
    appointment = _appointment_or_404(contact, appointment_id)
    standing = changes.standing(appointment)
    form = with_tried(RecordForm(forms.shown(standing), standing), tried_in(request, contact))
    return _form(request, contact, form, appointment)


@require_POST
@login_required
def move_appointment(request: MemberRequest, contact_id: int, appointment_id: int) -> HttpResponse:
    """Have what was changed in the form changed. It waits a moment, in which it shows both times."""
    contact = access.get_contact_or_404(request, contact_id)
    appointment = _appointment_or_404(contact, appointment_id)
    wanted, opened = forms.wanted_in(request.POST), opened_in(request.POST, changes.standing(appointment))
    now = timezone.now()
    try:
        require_access(contact)
        data = forms.move_of(wanted, opened, is_offered="offered" in request.POST, now=now)
        asked = commands.asked("appointment.update", data, appointment.connection, target=appointment, now=now)
        write = _moved(request, appointment, asked, opened) if data else None
    except (commands.Invalid, commands.Refused) as error:
        return _form(request, contact, _refused(RecordForm(wanted, opened), error), appointment)
    return _answer(request, contact, "Change kept. It is being sent." if write else UNCHANGED)


@require_POST
@login_required
def cancel_appointment(request: MemberRequest, contact_id: int, appointment_id: int) -> HttpResponse:
    """Call it off, with a moment to take that back."""
    return _act(
        request, contact_id, appointment_id, "appointment.cancel", "Meeting cancelled. You can still undo it."
    )


@require_POST
@login_required
def set_outcome(request: MemberRequest, contact_id: int, appointment_id: int) -> HttpResponse:
    """Say whether they came."""
    operation = OUTCOMES.get(request.POST.get("outcome", ""), "")
    return _act(request, contact_id, appointment_id, operation, "Outcome kept. You can still undo it.")


def _moved(
    request: MemberRequest, appointment: Appointment, asked: commands.Asked, opened: Mapping[str, Any]
) -> Write | None:
    """A moment passes in which both times are shown and it can be taken back."""
    base = {name: opened[name] for name in asked.changes}
    how: dict[str, Any] = {"base": base, "options": asked.options, "undo_seconds": settings.WRITE_UNDO_SECONDS}
    return commands.write("appointment.update", appointment, asked.changes, actor=request.user, **how)


def _act(request: MemberRequest, contact_id: int, appointment_id: int, operation: str, said: str) -> HttpResponse:
    contact = access.get_contact_or_404(request, contact_id)
    appointment = _appointment_or_404(contact, appointment_id)
    try:
        require_access(contact)
        if not operation:
            raise commands.Refused("Choose whether they showed up or not.")
        write = commands.write(operation, appointment, actor=request.user)
    except commands.Refused as refused:
        standing = changes.standing(appointment)
        form = RecordForm(forms.shown(standing), standing, refusal=str(refused))
        return _form(request, contact, form, appointment)
    return _answer(request, contact, said if write else UNCHANGED)


def _refused(form: RecordForm, error: Exception) -> RecordForm:
    if isinstance(error, commands.Invalid):
        return RecordForm(form.values, form.opened, {error.field or "start_at": str(error)}, token=form.token)
    return RecordForm(form.values, form.opened, refusal=str(error), token=form.token)


def _form(
    request: MemberRequest, contact: Contact, form: RecordForm, appointment: Appointment | None = None
) -> HttpResponse:
    lock = lock_of(contact)
    calendars, users = ({}, {}) if lock else bookable.choices(contact.workspace_id)
    calendar = appointment.calendar_remote_id if appointment else next(iter(calendars), "")
    form = replace(form, values={**form.values, "calendar_id": form.values["calendar_id"] or calendar})
    asks = "slots" in request.GET and not lock
    if asks:  # a page without scripts, whose form is sent to ask for times
        form = replace(form, values={**form.values, **forms.wanted_in(request.GET)})
    context = {
        "contact": contact,
        "appointment": appointment,
        "is_over": bool(appointment and (appointment.end_at or appointment.start_at) < timezone.now()),
        "settled": forms.settled_word(form.opened),
        "lock": lock,
        "calendars": calendars.items(),
        "owners": people(users),
        "offer": offer_of(request, contact.connection, form.values) if asks else Offer(),
        "is_asked": asks,
        "again": tried_in(request, contact),
        "is_move": appointment is not None,
        "system": systems.short_name_of(contact.connection),
        "zone": timezone.get_current_timezone_name(),
    }
    return render_form(request, TEMPLATE, context, form)


def _answer(request: MemberRequest, contact: Contact, said: str) -> HttpResponse:
    if not wants_part(request):
        messages.info(request, said)
        return redirect("contacts_ui:contact-timeline", contact.pk)
    access.forget(request)
    # The page draws itself anew, so that what waits stands where it belongs.
    return render(request, DONE, {"said": said, "page": viewer.page_of(request)})


def _appointment_or_404(contact: Contact, appointment_id: int) -> Appointment:
    """An appointment of a contact that the person may see."""
    found = Appointment.objects.present().filter(pk=appointment_id, contact=contact.pk).first()
    if found is None:
        raise Http404("This contact has no such appointment.")
    found.contact, found.workspace, found.connection = contact, contact.workspace, contact.connection
    return found
