"""Reads everything that a contact's page shows, each part in a query or two of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from contacts_ui.components import freshness
from contacts_ui.components.contact_wishes import wished
from contacts_ui.components.owners import makers, people
from contacts_ui.components.task_row import lock_of
from contacts_ui.formatting.custom_fields import Definition
from contacts_ui.shell import access, systems
from contacts_ui.shell.address import id_in
from contacts_ui.shell.http import MemberRequest
from contacts_ui.timeline import profile, refresh_status
from contacts_ui.timeline.agenda import pinned_of, read_more, to_do_of
from contacts_ui.timeline.chips import chips_of, counted, in_all, narrowed_words
from contacts_ui.timeline.context import TimelineContext
from contacts_ui.timeline.filters import PRIORITIES, STATUSES, TimelineFilters
from contacts_ui.timeline.items import TimelineItem, item_of, with_writes
from contacts_ui.timeline.linked import open_at
from contacts_ui.timeline.lists import pinned, read_lists, read_older
from contacts_ui.timeline.places import Places
from contacts_ui.timeline.raised import Raised, query_of, read_raised, tasks_of, without
from contacts_ui.timeline.rows import MEETING, Place, days_of, drawn, here
from contacts_ui.timeline.unsettled import Unsettled, read_unsettled, rights_of
from integrations.activity import markup, timeline
from integrations.activity.kinds import NAMED, ON_TIMELINES, note
from integrations.activity.models import Business, Contact, Note
from integrations.activity.names import Names, names_of
from integrations.sync import health
from integrations.sync.health import PageState
from integrations.sync.health.contact_writes import unsettled_of
from integrations.sync.health.contacts import Reading


def read_part(
    request: MemberRequest, contact: Contact, filters: TimelineFilters, places: Places, fragment: str
) -> dict[str, Any]:
    """One list further down: the older days, more of the agenda, or all that is pinned."""
    now = timezone.now()
    context = {"now": now, "contact": contact, "filters": filters, "raised": Raised(query=query_of(places.raised))}
    words = _words(request, contact, now, health.state_of(contact))[0]
    place = _place(request, contact, filters, now)
    if fragment == "pins":
        page = pinned(contact, places).read()
        return context | {"pinned": pinned_of(request, contact, page, words, place, places)}
    asked = filters.asked(now)
    if fragment in ("agenda", "late", "off"):
        return context | {fragment: read_more(request, contact, asked, words, place, places)}
    older = read_older(contact, asked, places, now)
    return context | _past(request, contact, older, places, words, place)


def read_page(
    request: MemberRequest,
    contact: Contact,
    filters: TimelineFilters,
    places: Places,
    state: PageState,
    *,
    is_whole: bool,
) -> dict[str, Any]:
    """The results under the filters, and what belongs to every answer; with what `read_beside` needs if whole."""
    now = timezone.now()
    linked = open_at(contact, request.GET, places, now)
    places = linked.places
    filters = replace(filters, has_changes=filters.has_changes or linked.is_edit)
    # Results under another filter show neither, unless there are none.
    account: Any = SimpleLazyObject(partial(freshness.of_one, contact.connection, now))
    words, unsettled = _words(request, contact, now, state)
    places = replace(places, raised=())  # only a later page of a list stands below what an earlier one has raised
    place = _place(request, contact, filters, now)
    reading = health.reading_of(contact)
    refresh = SimpleLazyObject(partial(refresh_status.state_of, contact, account, reading, now))
    unread = _unread(contact, reading)
    refused = [row for row in unread if row.state == "refused"]
    counts, asked = timeline.counted(contact, filters.asked(now))
    lists = read_lists(contact, asked, places, now, is_whole=is_whole)
    to_do = to_do_of(request, contact, asked, lists, words, place, places)
    shown = to_do.tasks | tasks_of(lists.past.entries)
    context = {
        "now": now,
        "contact": contact,
        "filters": filters,
        "version": state.version,
        "linked": linked,
        "is_later": bool(places.past_after),
        "account": account,
        "words": words,
        "unsettled": unsettled.under(filters),
        "wishes": wished(contact, unsettled_of(contact, state)),
        "refresh": refresh,
        "to_do": to_do,
        "agenda": to_do.coming,
        "late": to_do.late,
        "off": to_do.off,
        "lists": lists,
        "place": place,
        "raised": read_raised(request, contact, asked, state, shown, words, place),
        "pinned": pinned_of(request, contact, lists.pinned, words, place, places) if filters.is_empty else None,
        "refused": refused,
        "switched_off": _listed([row.label for row in unread if row.is_off]),
        "edits": counts.edits,
        "chips": chips_of(filters, counts, {row.label for row in refused}),
        "searched": counted(counts, filters.kind) + " items",
        "in_all": in_all(contact, filters.kind),
        "kind_words": NAMED[filters.kind].label.lower() if filters.kind else "",
        "statuses": STATUSES.items(),
        "priorities": PRIORITIES.items(),
        "narrowed": narrowed_words(filters, words.owners, now),
        "without_narrowing": filters.address(by="", since="", until="", status="", priority=""),
    }
    return context | _past(request, contact, lists.past, places, words, place)


def read_beside(request: MemberRequest, contact: Contact, page: dict[str, Any]) -> dict[str, Any]:
    """What stands around the results on a whole page."""
    words, to_do, lists = page["words"], page["to_do"], page["lists"]
    late = to_do.late.total if page["filters"].is_empty else None
    return {
        "profile": profile.read(page["wishes"], words, request.GET, late, lists.deals.entries),
        "next_meeting": drawn(
            request, MEETING, [item_of(entry, words) for entry in lists.next_meeting.entries], page["place"]
        ),
        "today": timezone.localtime(page["now"]).date(),
        "has_many_accounts": len(access.workspaces(request)) > 1,
        "may_manage": access.manages(request, contact.workspace),
    }


def _words(
    request: MemberRequest, contact: Contact, now: datetime, state: PageState
) -> tuple[TimelineContext, Unsettled]:
    names = names_of(contact.workspace_id)
    words = replace(
        words_of(request, contact, now, names),
        has_writes=state.has_writes,
        rights=rights_of(request, contact, state, names),
    )
    found = read_unsettled(contact, state, words)
    return replace(words, pending=found.by_record), found


def words_of(
    request: MemberRequest, record: Contact | Business, now: datetime, names: Names | None = None
) -> TimelineContext:
    """Names for whatever a page of a contact or of a business shows. One query, unless it was made already."""
    names, viewer = names or names_of(record.workspace_id), request.user.pk
    return TimelineContext(
        owners=people(names.users, names.remote_id_of(viewer)),
        makers=makers(names, viewer),
        definitions={remote_id: Definition(*known) for remote_id, known in names.fields.items()},
        writes={},
        lock=lock_of(record.connection),
        system=systems.short_name_of(record.connection),
        viewer=viewer,
        oversees=access.oversees(request, record.workspace),
        now=now,
        manages=access.manages(request, record.workspace),
        conversation_url=systems.conversation_url(record.connection),
        contact_url=systems.contact_url(record) if isinstance(record, Contact) else "",
    )


def _place(request: MemberRequest, contact: Contact, filters: TimelineFilters, now: datetime) -> Place:
    zone, today = here(now)
    address = request.GET.copy()
    for name in ("note", "item", "cursor"):
        address.pop(name, None)
    return Place(
        contact_id=contact.pk,
        name=contact.first_name or str(contact),
        system=systems.short_name_of(contact.connection),
        address=f"?{address.urlencode()}&" if address else "?",
        query=filters.q,
        reply=systems.reply_words(contact.connection),
        zone=zone,
        today=today,
    )


def _past(
    request: MemberRequest,
    contact: Contact,
    page: timeline.Page,
    places: Places,
    words: TimelineContext,
    place: Place,
) -> dict[str, Any]:
    after = places.past_after
    entries = without(page.entries, places.raised)
    told = with_writes(entries, words)
    items = [item_of(entry, told) for entry in entries]
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
        item._replace(body=body, is_whole=True) if (item.kind, item.source_id) == is_it else item for item in items
    ]


def _listed(labels: list[str]) -> str:
    """The labels as one phrase: "Appointments, notes and tasks"."""
    words = labels[:1] + [label.lower() for label in labels[1:]]
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _unread(contact: Contact, reading: Reading | None) -> list[health.Capability]:
    """The streams of the page that are not read: refused by the provider, switched off here, or missing from the
    last reading of this contact."""
    found = health.unread(contact.connection, [kind.plural for kind in ON_TIMELINES])
    known = {row.key for row in found}
    return found + [row for row in health.unread_of(contact.connection, reading) if row.key not in known]
