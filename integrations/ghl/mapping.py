"""Knows both vocabularies: GHL's payloads in, our records out; deals and messages have files of their own."""

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
from integrations.ghl.fields import Fields, custom_fields_of, loose_id, own_id, tags_of
from integrations.ghl.known_keys import KNOWN
from integrations.ghl.values import NOT_READ, Payload, Unreadable, cleaned, country, in_utc, moment, parsed

__all__ = ["Unreadable"]  # part of what a reader here raises


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
            reason = f"GoHighLevel sent a record that could not be read. {NOT_READ}"
            bad.append(_bad(row, reason, type(error).__name__))
    return good, bad


def _bad(row: Any, reason: str, detail: str = "") -> BadRecord:
    known = row if isinstance(row, Mapping) else {}
    return BadRecord(
        remote_id=loose_id(known.get("id") or known.get("_id")),
        contact_remote_id=loose_id(known.get("contactId")),
        reason=reason,
        detail=detail,
    )


def contact(row: Payload, zone: ZoneInfo, home: str = "") -> ContactRecord:
    """A search row or a single contact; one that names no country is of `home`, the location's."""
    fields = Fields(row, zone)
    first, last = _name(fields, "firstName"), _name(fields, "lastName")
    given = fields.text("contactNameRaw") or fields.text("contactName") or fields.text("name")
    added_at = fields.moment("dateAdded")
    return ContactRecord(
        first_name=first,
        last_name=last,
        name=" ".join(filter(None, (first, last))) or given,
        email=fields.text("email"),
        phone=fields.text("phone"),
        country=country(row.get("country")) or home,
        company=fields.text("companyName"),
        business_remote_id=fields.reference("businessId"),
        owner_remote_id=fields.reference("assignedTo"),
        source=fields.text("source"),
        tags=tags_of(fields),
        custom_fields=custom_fields_of(fields),
        is_dnd=fields.flag("dnd") or False,
        added_at=added_at,
        updated_at=fields.moment("dateUpdated") or added_at,
        **shared(fields, ContactRecord),
    )


def task(row: Payload, zone: ZoneInfo) -> TaskRecord:
    """A row of either listing: the location's has `_id`, `status` and dates, the contact's has none of them."""
    fields = Fields(row, zone)
    completed = fields.flag("completed")
    if completed is None:
        completed = "completed" in (row.get("status"), row.get("statusGroup"))
    return TaskRecord(
        contact_remote_id=fields.reference("contactId"),
        title=fields.text("title"),
        body=fields.text("body"),
        due_at=fields.moment("dueDate"),
        is_completed=completed,
        owner_remote_id=fields.reference("assignedTo"),
        added_at=fields.moment("dateAdded"),
        updated_at=fields.moment("dateUpdated"),
        **shared(fields, TaskRecord),
    )


def note(row: Payload, zone: ZoneInfo) -> NoteRecord:
    fields = Fields(row, zone)
    return NoteRecord(
        contact_remote_id=fields.reference("contactId"),
        title=fields.text("title"),
        body=fields.text("body"),
        is_pinned=fields.flag("pinned") or False,
        colour=fields.text("color"),
        author_remote_id=fields.reference("userId"),
        added_at=fields.moment("dateAdded"),
        **shared(fields, NoteRecord),
    )


def appointment(row: Payload, zone: ZoneInfo) -> AppointmentRecord:
    """Times with an offset are taken at their word; without one they are the location's own clock."""
    fields = Fields(row, zone)
    start = fields.moment("startTime")
    if start is None:
        raise Unreadable(f"This appointment has no valid start time in GoHighLevel. {NOT_READ}")
    # Beside these a contact's listing has a `status` that always says "booked", and no other answer has: whatever
    # the right key holds, a reading by contact and one by calendar must say the same.
    status = fields.text("appointmentStatus") or fields.text("appoinmentStatus")
    return AppointmentRecord(
        contact_remote_id=fields.reference("contactId"),
        title=fields.text("title"),
        status=status,
        start_at=start,
        end_at=_end(fields, start),
        calendar_remote_id=fields.reference("calendarId"),
        owner_remote_id=fields.reference("assignedUserId"),
        address=fields.text("address"),
        notes=fields.text("notes"),
        **shared(fields, AppointmentRecord),
    )


def slots(days: Payload, zone: ZoneInfo) -> list[datetime]:
    """The starts that a calendar offers, the earliest first; beside its days stand ids of the answer."""
    listed = [
        day["slots"] for day in days.values() if isinstance(day, dict) and isinstance(day.get("slots"), list)
    ]
    return sorted({found for some in listed for one in some if (found := _slot(one, zone))})


def _slot(value: Any, zone: ZoneInfo) -> datetime | None:
    try:
        return moment(value, zone)
    except Unreadable:
        return None  # one that nobody could book


def _end(fields: Fields, start: datetime) -> datetime | None:
    """The end; without an offset, an hour that the clocks repeat is read so that it lies after the start.

    Known limit: of two readings that both lie after the start the first is taken, since nothing tells them apart.
    """
    end = fields.moment("endTime")
    if end is None or end > start:
        return end
    second = in_utc(parsed(fields.row["endTime"]).replace(fold=1), fields.zone)
    return second if second > start else end


def business(row: Payload, zone: ZoneInfo) -> BusinessRecord:
    fields = Fields(row, zone)
    parts = (fields.text(name) for name in ("address", "city", "state", "postalCode", "country"))
    return BusinessRecord(
        name=fields.text("name"),
        phone=fields.text("phone"),
        email=fields.text("email"),
        website=fields.text("website"),
        address=", ".join(filter(None, parts)),
        **shared(fields, BusinessRecord),
    )


def user(row: Payload, zone: ZoneInfo) -> UserRecord:
    """A deleted user is kept: what they own and wrote still carries their name."""
    fields = Fields(row, zone)
    parts = (fields.text("firstName"), fields.text("lastName"))
    name = fields.text("name") or " ".join(filter(None, parts))
    email = fields.text("email")
    return UserRecord(name=name, email=email, **shared(fields, UserRecord) | {"is_deleted": False})


def calendar(row: Payload, zone: ZoneInfo) -> CalendarRecord:
    fields = Fields(row, zone)
    return CalendarRecord(
        name=fields.text("name"), is_active=fields.flag("isActive") is not False, **shared(fields, CalendarRecord)
    )


def field(row: Payload, zone: ZoneInfo) -> FieldRecord:
    fields = Fields(row, zone)
    return FieldRecord(
        name=fields.text("name"),
        data_type=fields.text("dataType"),
        position=fields.place("position"),
        **shared(fields, FieldRecord),
    )


def shared(fields: Fields, kind: type[Record]) -> dict[str, Any]:
    """What every record has. Called last: what could not be read by then is kept as it came, for people to see."""
    row, is_deleted = fields.row, fields.flag("deleted") or False
    known = KNOWN.get(kind)
    # A page may hold many thousands: they are not copied for a key that only few of them have.
    own = {key: value for key, value in row.items() if key != "searchAfter"} if "searchAfter" in row else row
    kept, payload = cleaned(own)
    unknown = kept.keys() - known if known else set[str]()
    return {
        "remote_id": own_id(row),
        "payload": payload,
        "extra": {key: kept[key] for key in sorted(unknown | (fields.odd & kept.keys()))},
        "is_deleted": is_deleted,
    }


def _name(fields: Fields, key: str) -> str:
    """Search rows lower-case the plain key in some answers and keep the person's own spelling under `Raw`."""
    return fields.text(f"{key}Raw") or fields.text(key)


def _mapping(row: Any) -> Payload:
    if not isinstance(row, Mapping):
        raise Unreadable(f"GoHighLevel sent a row that is not a record. {NOT_READ}")
    return row
