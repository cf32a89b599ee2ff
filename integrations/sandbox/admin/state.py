"""What the sandbox really holds, in the API's words with UTC times, and the fewest requests that can read it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from math import ceil

from integrations.sandbox.crm import businesses, conversations, opportunities
from integrations.sandbox.crm.contact_views import dnd_settings, search_row
from integrations.sandbox.crm.directory import show_user
from integrations.sandbox.crm.records import Appointment, Contact, Json, Message, Note, Opportunity, Task
from integrations.sandbox.crm.store import COUNTED, LocationStore
from integrations.sandbox.http.errors import bad_request
from integrations.sandbox.http.messages import Reply
from integrations.sandbox.seed.moments import DAY, iso
from integrations.sandbox.world import World

_YEAR = 365 * DAY


def state(world: World, query: dict[str, str]) -> Reply:
    """JSONL, one record a line with its `kind`, deleted ones included; one sub-account, or all of them."""
    stores = [_store(world, query)] if query.get("location_id") else list(world.locations.values())
    kinds = set(filter(None, query.get("kinds", "").split(",")))
    rows = (row for store in stores for row in _rows(world, store, query.get("contact_id")))
    wanted = (row for row in rows if not kinds or row["kind"] in kinds)
    return Reply(200, content_type="application/x-ndjson; charset=utf-8", chunks=_batches(wanted))


def counts(world: World, query: Json) -> Json:
    """The tally, with the least possible work for one sub-account (the first by default)."""
    return world.tally.report() | {"webhooks": world.sender.report(), "least": least(_store(world, query))}


def least(store: LocationStore) -> Json:
    """What a full read cannot do without: pages of the two searches, a notes call a contact, calendars by year."""
    # Deleted tasks of live contacts count: the search still lists them.
    live = [contact for contact in store.contacts if not contact.deleted]
    columns = zip(*map(store.counts, live), strict=True) if live else [(0,)] * COUNTED
    notes, tasks, appointments, *_ = map(sum, columns)
    said = [len(store.spoken(is_email=mail, by_change=False)) for mail in (False, True)]
    deals = len(store.deals_newest_first(None))
    oldest = min((contact.added for contact in live), default=0)
    bounds = store.bookings.bounds()
    # Windows of a year from the oldest record to the last booking, for each calendar one call.
    years = ceil((bounds[1] + 1 - min(oldest, bounds[0])) / _YEAR) if bounds else 0
    # The contact search tells its total; the task search ends only with a page that is not full.
    contact_pages, task_pages = max(1, ceil(len(live) / 500)), tasks // 500 + 1
    calls = {
        "contact_pages": contact_pages,
        "task_pages": task_pages,
        "notes_calls": len(live),
        "calendar_calls": len(store.sub.calendars) * years,
        # Emails are asked for apart; a cursor tells whether there is a next page.
        "message_pages": sum(max(1, ceil(number / 100)) for number in said),
        # A full page proves no end; the names of stages are asked for once.
        "deal_pages": deals // 100 + 1 + bool(deals),
    }
    return {
        "contacts": len(live),
        "tasks": tasks,
        "notes": notes,
        "appointments": appointments,
        "opportunities": deals,
        "messages": sum(said),
        "businesses": len(store.businesses),
        "calendars": len(store.sub.calendars),
        "calendar_years": years,
        **calls,
        "requests": sum(calls.values()),
    }


def show_contact(store: LocationStore, contact: Contact) -> Json:
    """Every field, null where there is no value. `corrupted` tells what answers say instead."""
    row = search_row(replace(contact, overrides=None), store.id, [], omit_empty=False)
    del row["searchAfter"]
    return {
        "kind": "contact",
        **row,
        "name": contact.name or None,
        "dndSettings": dnd_settings(contact, v3=False),
        "deleted": contact.deleted,
        "corrupted": contact.overrides,
    }


def show_task(contact: Contact, task: Task) -> Json:
    return {
        "kind": "task",
        "id": task.id,
        "contactId": task.contact_id,
        "title": task.title,
        "body": task.body,
        "assignedTo": task.owner,
        "dueDate": iso(task.due),
        "completed": task.completed,
        "dateAdded": iso(task.added),
        "dateUpdated": iso(task.updated),
        "deleted": task.deleted or contact.deleted,
        "corrupted": task.overrides,
    }


def show_note(contact: Contact, note: Note) -> Json:
    return {
        "kind": "note",
        "id": note.id,
        "contactId": note.contact_id,
        "body": note.body,
        "title": note.title,
        "color": note.color,
        "pinned": note.pinned,
        "userId": note.user_id,
        "dateAdded": iso(note.added),
        "deleted": note.deleted or contact.deleted,
        "corrupted": note.overrides,
    }


def show_deal(contact: Contact, deal: Opportunity, location_id: str) -> Json:
    row = opportunities.show(contact, replace(deal, overrides=None), location_id)
    return {"kind": "opportunity", **row, "deleted": deal.deleted or contact.deleted, "corrupted": deal.overrides}


def show_message(contact: Contact, message: Message, location_id: str) -> Json:
    row = conversations.show(contact, replace(message, overrides=None), location_id)
    more = {"subject": message.subject, "body": message.body, "emailId": message.email_id or None}
    gone = message.deleted or contact.deleted
    return {"kind": "message", **row, **more, "deleted": gone, "corrupted": message.overrides}


def show_appointment(contact: Contact, item: Appointment) -> Json:
    return {
        "kind": "appointment",
        "id": item.id,
        "contactId": item.contact_id,
        "calendarId": item.calendar_id,
        "title": item.title,
        "appointmentStatus": item.status,
        "assignedUserId": item.owner,
        "address": item.address,
        "notes": item.notes,
        "startTime": iso(item.start),
        "endTime": iso(item.end),
        "dateAdded": iso(item.added),
        "dateUpdated": iso(item.updated),
        "masterEventId": item.master_id,
        "appointmentNotes": [{"id": note.id, "body": note.body, "userId": note.user_id} for note in item.remarks],
        "deleted": item.deleted or contact.deleted,
        "corrupted": item.overrides,
    }


def _store(world: World, query: Json) -> LocationStore:
    location_id = query.get("location_id") or world.first.id
    if location_id not in world.locations:
        raise bad_request(f"Location with id {location_id} not found")
    return world.locations[location_id]


def _rows(world: World, store: LocationStore, contact_id: str | None) -> Iterator[Json]:
    if not contact_id:
        yield {"kind": "location", **store.sub.answer()}
        yield from ({"kind": "user", **show_user(user)} for user in store.sub.staff)
        for calendar in store.sub.calendars:
            yield {"kind": "calendar", "id": calendar.id, "name": calendar.name, "groupId": calendar.group_id}
        for firms, gone in ((store.businesses, False), (store.former_businesses, True)):
            for firm in list(firms.values()):
                yield {"kind": "business", **businesses.show(firm, store.id), "deleted": gone}
        for pipeline in store.sub.pipelines:
            yield {"kind": "pipeline", "id": pipeline.id, "name": pipeline.name, "stages": dict(pipeline.stages)}
    for contact in list(store.contacts):
        if contact_id in (None, "", contact.id):
            # The lock is held for one contact at a time, so that a long dump stops nobody.
            with world.lock:
                rows = list(_rows_of(store, contact))
            yield from rows


def _rows_of(store: LocationStore, contact: Contact) -> Iterator[Json]:
    yield show_contact(store, contact)
    children = store.children(contact)
    yield from (show_note(contact, note) for note in children.notes)
    yield from (show_task(contact, task) for task in children.tasks)
    yield from (show_appointment(contact, item) for item in children.appointments)
    yield from (show_deal(contact, deal, store.id) for deal in children.opportunities)
    yield from (show_message(contact, message, store.id) for message in children.messages)


def _batches(rows: Iterator[Json], size: int = 500) -> Iterator[bytes]:
    batch: list[str] = []
    for row in rows:
        batch.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
        if len(batch) == size:
            yield ("\n".join(batch) + "\n").encode()
            batch = []
    if batch:
        yield ("\n".join(batch) + "\n").encode()
