"""Writes the cache of a connection as lines of JSON, from model columns only, never from stored payloads."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from integrations.activity.models import ActivityEntry, Appointment, Business, Contact, Note, Task

CHUNK = 2000


def rows(connection_id: int) -> Iterator[dict[str, Any]]:
    """Every cached object, one dictionary each, contacts first, in the order of their ids; tombstones included."""
    for kind, model, columns in TABLE:
        for item in model._default_manager.filter(connection=connection_id).order_by("remote_id").iterator(CHUNK):
            shared = {"kind": kind, "id": item.remote_id, "contact_id": getattr(item, "contact_remote_id", None)}
            yield shared | columns(item) | {"deleted": item.deleted_at is not None}


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _contact(item: Any) -> dict[str, Any]:
    return {
        "first_name": item.first_name,
        "last_name": item.last_name,
        "name": item.name,
        "email": item.email,
        "phone": item.phone,
        "company": item.company,
        "business_id": item.business_remote_id,
        "tags": item.tag_names,
        "owner_id": item.owner_remote_id,
        "source": item.source,
        "date_added": iso(item.added_at),
        "date_updated": iso(item.updated_at),
    }


def _task(item: Any) -> dict[str, Any]:
    return {
        "title": item.title,
        "body": item.body,
        "due_at": iso(item.due_at),
        "completed": item.is_completed,
        "owner_id": item.owner_remote_id,
    }


def _note(item: Any) -> dict[str, Any]:
    return {
        "body": item.body,
        "title": item.title,
        "pinned": item.is_pinned,
        "user_id": item.author_remote_id,
        "added_at": iso(item.added_at),
    }


def _appointment(item: Any) -> dict[str, Any]:
    return {
        "title": item.title,
        "status": item.status,
        "start_at": iso(item.start_at),
        "end_at": iso(item.end_at),
        "calendar_id": item.calendar_remote_id,
        "owner_id": item.owner_remote_id,
        "address": item.address,
    }


def _business(item: Any) -> dict[str, Any]:
    return {"name": item.name, "phone": item.phone, "email": item.email, "website": item.website}


TABLE: tuple[tuple[str, type[Any], Callable[[Any], dict[str, Any]]], ...] = (
    ("contact", Contact, _contact),
    ("task", Task, _task),
    ("note", Note, _note),
    ("appointment", Appointment, _appointment),
    ("business", Business, _business),
)
COLUMNS = {"note": _note, "task": _task, "appointment": _appointment}


def timeline(contact: Contact) -> Iterator[dict[str, Any]]:
    """One contact's activity, newest first, each with where and when it came from."""
    entries = ActivityEntry.objects.filter(contact=contact).select_related("note", "task", "appointment")
    for entry in entries.order_by("-occurred_at", "-id").iterator(CHUNK):
        source = entry.note or entry.task or entry.appointment
        columns = COLUMNS[entry.kind](source) if source else {"change": entry.change}
        yield {
            "kind": entry.kind,
            "id": source.remote_id if source else None,
            "occurred_at": iso(entry.occurred_at),
            **columns,
            "fetched_at": iso(source.fetched_at) if source else None,
            "run": source.fetched_by_run if source else entry.run_id,
        }
