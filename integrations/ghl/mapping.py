"""The only file that knows both vocabularies: GHL's payloads in, our records out."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.activity.kinds.appointment import AppointmentRecord
from integrations.activity.kinds.business import BusinessRecord
from integrations.activity.kinds.calendar import CalendarRecord
from integrations.activity.kinds.contact import ContactRecord
from integrations.activity.kinds.custom_field import FieldRecord
from integrations.activity.kinds.note import NoteRecord
from integrations.activity.kinds.task import TaskRecord
from integrations.activity.kinds.user import UserRecord
from integrations.activity.records import BadRecord, Record
from integrations.ghl.known_keys import KNOWN
from integrations.ghl.values import (
    LONGEST_ID,
    Payload,
    Unreadable,
    clean,
    cleaned,
    in_utc,
    moment,
    parsed,
    reference,
    storable,
    text,
)

__all__ = ["Unreadable"]  # part of what a reader here raises
# What the index of tag names keeps on PostgreSQL: a third of a page of 8 KiB, less its own overhead.
LONGEST_TAG, LONGEST_TAG_BYTES = 1_000, 2_600


def read_rows(
    rows: Iterable[Any], read: Callable[..., Record], *args: Any
) -> tuple[list[Record], list[BadRecord]]:
    """Every row of a listing, the readable ones as records, the others with their id and the reason."""
    good: list[Record] = []
    bad: list[BadRecord] = []
    for row in rows:
        try:
            good.append(read(_mapping(row), *args))
        except Unreadable as error:
            bad.append(_bad(row, str(error)))
        except (ValueError, TypeError, RecursionError, OverflowError) as error:
            # Whatever nobody foresaw in one row must not cost the other rows of the page.
            reason = "GHL sent a value that could not be read. Kept as a failure, the rest went on."
            bad.append(_bad(row, reason, type(error).__name__))
    return good, bad


def _bad(row: Any, reason: str, detail: str = "") -> BadRecord:
    known = row if isinstance(row, Mapping) else {}
    return BadRecord(
        remote_id=_loose(known.get("id") or known.get("_id")),
        contact_remote_id=_loose(known.get("contactId")),
        reason=reason,
        detail=detail,
    )


def contact(row: Payload, zone: ZoneInfo) -> ContactRecord:
    """A search row or a single contact."""
    first, last = _name(row, "firstName"), _name(row, "lastName")
    given = text(row, "contactNameRaw") or text(row, "contactName") or text(row, "name")
    return ContactRecord(
        **_shared(row, ContactRecord),
        first_name=first,
        last_name=last,
        name=" ".join(filter(None, (first, last))) or given,
        email=text(row, "email"),
        phone=text(row, "phone"),
        company=text(row, "companyName"),
        business_remote_id=reference(row, "businessId"),
        owner_remote_id=reference(row, "assignedTo"),
        source=text(row, "source"),
        tags=_tags(row),
        custom_fields=_custom_fields(row),
        is_dnd=row.get("dnd") is True,
        added_at=moment(row, "dateAdded", zone),
        updated_at=moment(row, "dateUpdated", zone) or moment(row, "dateAdded", zone),
    )


def task(row: Payload, zone: ZoneInfo) -> TaskRecord:
    """A row of either listing: the location's has `_id`, `status` and dates, the contact's has none of them."""
    completed = row.get("completed")
    if completed is None:
        completed = "completed" in (row.get("status"), row.get("statusGroup"))
    return TaskRecord(
        **_shared(row, TaskRecord),
        contact_remote_id=reference(row, "contactId"),
        title=text(row, "title"),
        body=text(row, "body"),
        due_at=moment(row, "dueDate", zone),
        is_completed=completed is True,
        owner_remote_id=reference(row, "assignedTo"),
        added_at=moment(row, "dateAdded", zone),
        updated_at=moment(row, "dateUpdated", zone),
    )


def note(row: Payload, zone: ZoneInfo) -> NoteRecord:
    return NoteRecord(
        **_shared(row, NoteRecord),
        contact_remote_id=reference(row, "contactId"),
        title=text(row, "title"),
        body=text(row, "body"),
        is_pinned=row.get("pinned") is True,
        colour=text(row, "color"),
        author_remote_id=reference(row, "userId"),
        added_at=moment(row, "dateAdded", zone),
    )


def appointment(row: Payload, zone: ZoneInfo) -> AppointmentRecord:
    """Times with an offset are taken at their word; without one they are the location's own clock."""
    start = moment(row, "startTime", zone)
    if start is None:
        raise Unreadable("GHL sent no start time. Kept as a failure, the rest went on.")
    return AppointmentRecord(
        **_shared(row, AppointmentRecord),
        contact_remote_id=reference(row, "contactId"),
        title=text(row, "title"),
        status=text(row, "appointmentStatus") or text(row, "appoinmentStatus") or text(row, "status"),
        start_at=start,
        end_at=_end(row, start, zone),
        calendar_remote_id=reference(row, "calendarId"),
        owner_remote_id=reference(row, "assignedUserId"),
        address=text(row, "address"),
        notes=text(row, "notes"),
    )


def _end(row: Payload, start: datetime, zone: ZoneInfo) -> datetime | None:
    """The end; without an offset, an hour that the clocks repeat is read so that it lies after the start.

    Known limit: of two readings that both lie after the start the first is taken, since nothing tells them apart.
    """
    end = moment(row, "endTime", zone)
    if end is None or end > start:
        return end
    sent = parsed(row["endTime"], "endTime")
    second = in_utc(sent.replace(fold=1), "endTime", zone)
    return second if second > start else end


def business(row: Payload, zone: ZoneInfo) -> BusinessRecord:  # noqa: ARG001
    parts = (text(row, name) for name in ("address", "city", "state", "postalCode", "country"))
    return BusinessRecord(
        **_shared(row, BusinessRecord),
        name=text(row, "name"),
        phone=text(row, "phone"),
        email=text(row, "email"),
        website=text(row, "website"),
        address=", ".join(filter(None, parts)),
    )


def user(row: Payload, zone: ZoneInfo) -> UserRecord:  # noqa: ARG001
    """A deleted user is kept: what they own and wrote still carries their name."""
    name = text(row, "name") or " ".join(filter(None, (text(row, "firstName"), text(row, "lastName"))))
    shared = _shared(row, UserRecord) | {"is_deleted": False}
    return UserRecord(**shared, name=name, email=text(row, "email"))


def calendar(row: Payload, zone: ZoneInfo) -> CalendarRecord:  # noqa: ARG001
    return CalendarRecord(
        **_shared(row, CalendarRecord), name=text(row, "name"), is_active=row.get("isActive") is not False
    )


def field(row: Payload, zone: ZoneInfo) -> FieldRecord:  # noqa: ARG001
    position = row.get("position")
    return FieldRecord(
        **_shared(row, FieldRecord),
        name=text(row, "name"),
        data_type=text(row, "dataType"),
        position=position if isinstance(position, int) and abs(position) < 2**31 else 0,
    )


def _shared(row: Payload, kind: type[Record]) -> dict[str, Any]:
    remote_id = text(row, "id") or text(row, "_id")
    if not remote_id or len(remote_id) > LONGEST_ID:
        raise Unreadable("GHL sent a record without a usable id. Kept as a failure, the rest went on.")
    known = KNOWN.get(kind)
    # A page may hold many thousands: they are not copied for a key that only few of them have.
    own = {key: value for key, value in row.items() if key != "searchAfter"} if "searchAfter" in row else row
    kept, payload = cleaned(own)
    return {
        "remote_id": remote_id,
        "payload": payload,
        "extra": {key: kept[key] for key in sorted(kept.keys() - known)} if known else {},
        "is_deleted": row.get("deleted") is True,
    }


def _name(row: Payload, key: str) -> str:
    """Search rows lower-case the plain key in some answers and keep the person's own spelling under `Raw`."""
    return text(row, f"{key}Raw") or text(row, key)


def _tags(row: Payload) -> tuple[str, ...]:
    value = row.get("tags")
    items = value if isinstance(value, list) else [value] if value else []
    tags = (storable(str(item)) for item in items if isinstance(item, str | int | float))
    kept = tuple(dict.fromkeys(filter(None, tags)))
    if any(len(tag) > LONGEST_TAG or len(tag.encode()) > LONGEST_TAG_BYTES for tag in kept):
        raise Unreadable(
            f"GHL sent a tag longer than {LONGEST_TAG:,} characters. Kept as a failure, the rest went on."
        )
    return kept


def _custom_fields(row: Payload) -> tuple[Mapping[str, Any], ...]:
    values = row.get("customFields") or row.get("customField") or []
    if not isinstance(values, list):
        raise Unreadable("GHL sent custom fields that are not a list. Kept as a failure, the rest went on.")
    return tuple(
        {"id": storable(str(item["id"])), "value": clean(item.get("value", item.get("fieldValue")))}
        for item in values
        if isinstance(item, Mapping) and item.get("id")
    )


def _mapping(row: Any) -> Payload:
    if not isinstance(row, Mapping):
        raise Unreadable("GHL sent a row that is not an object. Kept as a failure, the rest went on.")
    return row


def _loose(value: Any) -> str:
    return storable(str(value))[:LONGEST_ID] if isinstance(value, str | int) else ""
