"""Reads the records that a run could not read or store, a page at a time, each with its contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.activity.models import Contact
from integrations.connections import registry
from integrations.sync.health import failures as failed
from integrations.sync.health.failures import Failure
from integrations.sync.health.runs import Run

AT_ONCE = 50
# One record of each stream, as a person would name it.
RECORDS = {
    "users": ("User", "user-round"),
    "fields": ("Custom field", "text-cursor-input"),
    "calendars": ("Calendar", "calendar-days"),
    "businesses": ("Business", "building-2"),
    "contacts": ("Contact", "user-round"),
    "tasks": ("Task", "circle-check-big"),
    "appointments": ("Appointment", "calendar"),
    "notes": ("Note", "sticky-note"),
}


@dataclass(frozen=True, slots=True)
class FailedRecord:
    """A record that could not be read or stored."""

    failure: Failure
    kind: str
    icon: str
    short_id: str
    contact: Contact | None


@dataclass(frozen=True, slots=True)
class FailurePage:
    """Up to AT_ONCE records in the order they failed; `after` is where the next page starts."""

    rows: list[FailedRecord]
    after: int | None
    total: int


def failures_of(run: Run, after: int | None) -> FailurePage:
    """Failed records from a place on, in three queries however many there are."""
    total, rows = failed.count(run), failed.page_of(run, after=after, at_most=AT_ONCE + 1)
    shown = rows[:AT_ONCE]
    contacts = _contacts(run, shown)
    more = shown[-1].pk if len(rows) > AT_ONCE else None
    return FailurePage([_failed_record(failure, contacts) for failure in shown], more, total)


def _contact_id(failure: Failure) -> str:
    return failure.contact_remote_id or (failure.remote_id if failure.stream == "contacts" else "")


def _contacts(run: Run, failures: Sequence[Failure]) -> dict[str, Contact]:
    ids = {contact_id for failure in failures if (contact_id := _contact_id(failure))}
    cached = Contact.objects.present().filter(connection=run.connection_id, remote_id__in=ids)
    return {contact.remote_id: contact for contact in cached.only("remote_id", "name", "email", "phone")}


def _failed_record(failure: Failure, contacts: dict[str, Contact]) -> FailedRecord:
    kind, icon = RECORDS.get(failure.stream, (failure.stream.title(), "circle-alert"))
    contact = contacts.get(_contact_id(failure))
    if not failure.remote_id:
        label = registry.stream_label(failure.stream)
        return FailedRecord(failure, f"{label} of one contact", icon, "", contact)
    return FailedRecord(failure, kind, icon, shortened(failure.remote_id), contact)


def shortened(remote_id: str) -> str:
    """An id short enough for a table, both ends kept: "k2Rf…b9Q". The page shows the whole one on hover."""
    return remote_id if len(remote_id) <= 10 else f"{remote_id[:4]}…{remote_id[-3:]}"
