"""Reads everything that a contact's page shows, each part in a query or two of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from contacts_ui.components import freshness
from contacts_ui.components.freshness import Freshness
from contacts_ui.components.owners import people
from contacts_ui.formatting.custom_fields import Definition
from contacts_ui.shell import access, systems
from contacts_ui.shell.address import id_in
from contacts_ui.shell.http import MemberRequest
from contacts_ui.timeline import profile, refresh_status
from contacts_ui.timeline.agenda import Agenda, read_agenda, read_pinned
from contacts_ui.timeline.filters import TimelineFilters
from contacts_ui.timeline.items import TimelineContext, TimelineItem, item_of, with_writes
from contacts_ui.timeline.places import Places
from contacts_ui.timeline.rows import Place, days_of, here
from integrations.activity import markup, timeline
from integrations.activity.kinds import ON_TIMELINES, appointment, note
from integrations.activity.models import Contact, Note
from integrations.activity.names import names_of
from integrations.sync import health
from integrations.sync.health import PageState


def read_part(
    request: MemberRequest, contact: Contact, filters: TimelineFilters, places: Places, fragment: str
) -> dict[str, Any]:
    """One list further down: the older days, more of the agenda, or all that is pinned."""
    now = timezone.now()
    context = {"now": now, "contact": contact, "filters": filters}
    if fragment == "pins":
        return context | {"pinned": read_pinned(contact, places)}
    words = _words(contact, freshness.of_one(contact.connection, now), now)
    place = _place(request, contact, filters, now)
    if fragment == "agenda":
        return context | {"agenda": read_agenda(request, contact, filters.asked(), words, place, places)}
    older = _older(contact, filters, places, now)
    return context | _past(request, contact, older, places, words, place)


def read_page(
    request: MemberRequest, contact: Contact, filters: TimelineFilters, places: Places, state: PageState
) -> dict[str, Any]:
    """The results under the filters, and what belongs to every answer."""
    now = timezone.now()
    account = freshness.of_one(contact.connection, now)
    words = replace(_words(contact, account, now), has_writes=state.has_writes)
    place = _place(request, contact, filters, now)
    unread = _unread(contact)
    refused = [row for row in unread if row.state == "refused"]
    if places.past_after:
        counts, page = timeline.counts(contact, filters.asked()), _older(contact, filters, places, now)
    else:
        page, counts = timeline.first_page(contact, filters.asked(), now=now, size=places.past_rows)
    reading = health.reading_of(contact)
    context = {
        "now": now,
        "contact": contact,
        "filters": filters,
        "version": state.version,
        "account": account,
        "words": words,
        "refresh": refresh_status.state_of(contact, account, reading, now),
        "agenda": read_agenda(request, contact, filters.asked(), words, place, places),
        "pinned": read_pinned(contact, places) if filters.is_empty else None,
        "refused": refused,
        "off": _listed([row.label for row in unread if row.is_off]),
        "chips": _chips(filters, counts, {row.label for row in refused}),
        "searched": _counted(counts, filters.kind) + " items",
    }
    return context | _past(request, contact, page, places, words, place)


def read_beside(request: MemberRequest, contact: Contact, page: dict[str, Any]) -> dict[str, Any]:
    """What stands around the results on a whole page."""
    words, agenda = page["words"], page["agenda"]
    late = agenda.late if page["filters"].is_empty else None
    return {
        "profile": profile.read(contact, words, request.GET, late),
        "next_meeting": agenda.meeting or _next_meeting(contact, agenda, words),
        "today": timezone.localtime(page["now"]).date(),
        "has_many_accounts": len(access.workspaces(request)) > 1,
        "may_manage": access.may_manage(request),
    }


def _words(contact: Contact, account: Freshness, now: datetime) -> TimelineContext:
    names = names_of(contact.workspace_id)
    return TimelineContext(
        owners=people(names.users),
        definitions={remote_id: Definition(*known) for remote_id, known in names.fields.items()},
        writes={},
        lock=account.lock,
        system=systems.short_name_of(contact.connection),
        now=now,
    )


def _place(request: MemberRequest, contact: Contact, filters: TimelineFilters, now: datetime) -> Place:
    zone, today = here(now)
    address = request.GET.copy()
    address.pop("note", None)
    return Place(
        contact_id=contact.pk,
        name=contact.first_name or str(contact),
        workspace=contact.workspace.name,
        system=systems.short_name_of(contact.connection),
        address=f"?{address.urlencode()}&" if address else "?",
        query=filters.q,
        oversees=access.oversees(request, contact.workspace),
        zone=zone,
        today=today,
    )


def _older(contact: Contact, filters: TimelineFilters, places: Places, now: datetime) -> timeline.Page:
    return timeline.past(contact, filters.asked(), now=now, after=places.past_after, size=places.past_rows)


def _past(
    request: MemberRequest,
    contact: Contact,
    page: timeline.Page,
    places: Places,
    words: TimelineContext,
    place: Place,
) -> dict[str, Any]:
    after = places.past_after
    told = with_writes(page.entries, words)
    items = [item_of(entry, told) for entry in page.entries]
    if asked := id_in(request.GET, "note"):
        items = _with_whole(contact, items, asked)
    return {
        "days": days_of(request, items, place, after),
        "next_cursor": page.next_cursor.encode() if page.next_cursor else "",
        "oldest": page.entries[-1].occurred_at if page.entries else None,
    }


def _with_whole(contact: Contact, items: list[TimelineItem], asked: int) -> list[TimelineItem]:
    """The same with one note as long as it is: a timeline holds only the beginning of such a one."""
    found = Note.objects.present().filter(contact=contact, pk=asked).first()
    if found is None:
        return items
    body, is_it = markup.safe_html(found.body), (note.KIND.name, found.pk)
    return [
        replace(item, body=body, is_whole=True) if (item.kind, item.source_id) == is_it else item for item in items
    ]


def _next_meeting(contact: Contact, agenda: Agenda, words: TimelineContext) -> TimelineItem | None:
    if agenda.is_whole or not contact.entries_by_type.get(appointment.BOOKED):
        return None
    found = timeline.next_meeting(contact, now=words.now)
    return item_of(found, words) if found else None


def _chips(filters: TimelineFilters, counts: timeline.Counts, refused: set[str]) -> list[dict[str, Any]]:
    shown = [("", "All"), *((kind.name, kind.label) for kind in ON_TIMELINES)]
    return [
        {
            "kind": kind,
            "name": name,
            "words": _counted(counts, kind),
            "address": filters.address(kind=kind),
            "is_on": kind == filters.kind,
            "is_refused": name in refused,
        }
        for kind, name in shown
    ]


def _counted(counts: timeline.Counts, kind: str) -> str:
    """A count as pages say it; "+" where there are at least that many."""
    count = counts.by_kind[kind] if kind else counts.total
    return f"{count:,}{'' if counts.is_complete else '+'}"


def _listed(labels: list[str]) -> str:
    """The labels as one phrase: "Appointments, notes and tasks"."""
    words = labels[:1] + [label.lower() for label in labels[1:]]
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _unread(contact: Contact) -> list[health.Capability]:
    """The streams of the page that are not read: refused by the provider, or switched off here."""
    return health.unread(contact.connection, [kind.plural for kind in ON_TIMELINES])
