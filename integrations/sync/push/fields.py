"""Reads what somebody wants to write: fields under the names of an export, into the columns of a change.

Whatever the provider would refuse for certain is refused here, before any call.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from integrations.activity import markup, phones
from integrations.activity.models import Business, Calendar, RemoteUser
from integrations.connections.models import Connection
from integrations.sync.models.options import Option
from integrations.sync.models.writes import plain
from integrations.sync.push.custom_fields import read_custom_fields
from integrations.sync.push.invalid import Invalid
from integrations.sync.push.operations import CUSTOM, OPERATIONS, Act, Operation

# What is called otherwise in an export than in the cache, by kind.
NAMES: dict[str, str] = {
    "owner_id": "owner_remote_id",
    "user_id": "author_remote_id",
    "business_id": "business_remote_id",
    "calendar_id": "calendar_remote_id",
    "tags": "tag_names",
    "pinned": "is_pinned",
    "completed": "is_completed",
}
EXPORTED = {column: name for name, column in NAMES.items()}
REFERENCES: dict[str, tuple[type[Any], str]] = {
    "owner_remote_id": (RemoteUser, "user"),
    "author_remote_id": (RemoteUser, "user"),
    "calendar_remote_id": (Calendar, "calendar"),
    "business_remote_id": (Business, "business"),
}
# What can be emptied, by kind; everything else keeps a value once it has one.
EMPTIED = {
    "contact": {"first_name", "last_name", "name", "email", "phone", "source", "owner_remote_id"},
    "task": {"title", "body"},
    "note": {"title", "body"},
    "appointment": set[str](),
}
STATUSES = ("new", "confirmed", "cancelled", "showed", "noshow", "invalid")
FREE_SLOTS = ("ignore_free_slot_validation", "ignoreFreeSlotValidation")
MORNING = time(9)
LONGEST_TEXT = 65_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be changed, in columns, and how it is to be sent."""

    changes: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)


def read(
    row: Operation, data: Mapping[str, Any], connection: Connection, *, target: Any = None, now: datetime
) -> Asked:
    """The change that `data` asks of `target`, None for a new record. Raises Invalid, a sentence for people."""
    changes: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for name, value in data.items():
        column = NAMES.get(name, name)
        if name in FREE_SLOTS and row.kind == "appointment" and row.act in (Act.CREATE, Act.UPDATE):
            options[Option.IGNORES_SLOTS] = _flag(name, value)
        elif column not in row.fields or name in EXPORTED:
            raise Invalid(f"{row.key} has no field {name}.", name)
        elif column == "custom_fields":
            changes |= read_custom_fields(value, connection)
        else:
            changes[column] = _read(row, column, value, connection)
    if row.act == Act.CREATE:
        changes = _completed(row, changes, connection, now)
    elif "name" in changes:
        changes = _named(changes)
    return Asked(_timed(changes, target), options)


def _named(changes: dict[str, Any]) -> dict[str, Any]:
    """A contact is named by two fields; its whole name is split over there, where it comes without them."""
    parts = [changes[name] for name in ("first_name", "last_name") if name in changes]
    rest = {name: value for name, value in changes.items() if name != "name"}
    if not changes["name"]:
        return {"first_name": "", "last_name": ""} | rest
    if parts and " ".join(filter(None, parts)) != changes["name"]:
        raise Invalid("Give either the name, or the first_name and the last_name.", "name")
    return rest if parts else changes


def read_value(operation: str, column: str, value: Any, connection: Connection) -> Any:
    """One plain value for a column, from how people write it. Raises Invalid."""
    row = OPERATIONS[operation]
    if column.startswith(CUSTOM):
        read_as = read_custom_fields({column.removeprefix(CUSTOM): value}, connection)
        return plain(read_as[column])
    if READ.get(column) is _flag and isinstance(value, str):
        value = {"true": True, "yes": True, "false": False, "no": False}.get(value.strip().casefold(), value)
    return plain(_read(row, column, value, connection))


def exported(column: str) -> str:
    """A column as an export names it."""
    return EXPORTED.get(column, column)


def _completed(row: Operation, changes: dict[str, Any], connection: Connection, now: datetime) -> dict[str, Any]:
    if row.needs and not any(_says(name, changes.get(name)) for name in row.needs):
        needed = " or ".join(name.removesuffix("_at").replace("_", " ") for name in row.needs)
        raise Invalid(f"A new {row.kind} needs a {needed}.", EXPORTED.get(row.needs[-1], row.needs[-1]))
    if row.key == "task.create" and not changes.get("due_at"):
        return changes | {"due_at": tomorrow_morning(connection, now)}
    if row.key == "appointment.create" and not changes.get("calendar_remote_id"):
        raise Invalid("A new appointment needs a calendar.", "calendar_id")
    return changes


def tomorrow_morning(connection: Connection, now: datetime) -> datetime:
    """Nine o'clock of the account's next day: when a task without a date is due."""
    zone = ZoneInfo(connection.workspace.timezone)
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), MORNING, zone)


def _says(name: str, value: Any) -> bool:
    """Whether it says anything; of a note, markup alone does not."""
    if name == "body" and isinstance(value, str):
        return bool(markup.written(value) or markup.remote_images(value))
    return bool(value.strip() if isinstance(value, str) else value)


def _read(row: Operation, column: str, value: Any, connection: Connection) -> Any:
    name = EXPORTED.get(column, column)
    if value is None:
        if row.key == "contact.set_business" or column in EMPTIED[row.kind]:
            return ""
        raise Invalid(f"The {name} of the {row.kind} cannot be emptied.", name)
    if column in REFERENCES:
        return _reference(column, name, value, connection)
    read_as: Callable[[str, Any], Any] = READ.get(column, _text)
    read = read_as(name, value)
    if column == "phone" and read and not phones.is_possible(read, connection.workspace.country):
        raise Invalid(f"{read} is not a phone number. Write it with its country, such as +1 802 555 0117.", name)
    if column.endswith("_at") and timezone.is_naive(read):
        return read.replace(tzinfo=ZoneInfo(connection.workspace.timezone))
    return read


def _reference(column: str, name: str, value: Any, connection: Connection) -> str:
    model, word = REFERENCES[column]
    remote_id = _text(name, value)
    known = model._default_manager.filter(connection=connection, remote_id=remote_id, deleted_at=None)
    if remote_id and not known.exists():
        raise Invalid(f"The {word} {remote_id} is not known here. Sync first if it is new.", name)
    if not remote_id:
        raise Invalid(f"The {name} is empty.", name)
    return remote_id


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Invalid(f"The {name} must be a text.", name)
    if "\x00" in value or any(0xD800 <= ord(sign) < 0xE000 for sign in value):
        raise Invalid(f"The {name} has characters that cannot be stored.", name)
    if len(value) > LONGEST_TEXT:
        raise Invalid(f"The {name} is longer than {LONGEST_TEXT:,} characters.", name)
    return value.replace("\r\n", "\n")


def _line(name: str, value: Any) -> str:
    """A text that stands on one line."""
    return " ".join(_text(name, value).split())


def _email(name: str, value: Any) -> str:
    email = _text(name, value).strip()
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise Invalid(f"{email} is not an email address.", name) from error
    return email


def _moment(name: str, value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        moment = parse_datetime(_text(name, value).strip())
    except ValueError:
        moment = None
    if moment is None or not 1970 < moment.year < 2200:
        raise Invalid(f"The {name} must be a date and time, such as 2026-12-01T09:00:00Z.", name)
    return moment


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Invalid(f"The {name} must be true or false.", name)
    return value


def _tags(name: str, value: Any) -> list[str]:
    tags = [_line(name, tag) for tag in value] if isinstance(value, list | tuple) else [""]
    if not all(tags):
        raise Invalid("The tags must be a list of words.", name)
    if not tags:
        raise Invalid("Nothing was changed. Enter at least one tag.", name)
    return list(dict.fromkeys(tags))


def _status(name: str, value: Any) -> str:
    if value not in STATUSES:
        raise Invalid(f"The {name} of an appointment is one of {', '.join(STATUSES)}.", name)
    return str(value)


READ: dict[str, Callable[[str, Any], Any]] = {
    "title": _line,
    "first_name": _line,
    "last_name": _line,
    "name": _line,
    "company": _line,
    "source": _line,
    "email": _email,
    "phone": _line,
    "due_at": _moment,
    "start_at": _moment,
    "end_at": _moment,
    "is_pinned": _flag,
    "tag_names": _tags,
    "status": _status,
}


def _timed(changes: dict[str, Any], target: Any) -> dict[str, Any]:
    """A meeting that is moved keeps its length, unless it is given another end."""
    if target is not None and "start_at" in changes and "end_at" not in changes and target.end_at:
        changes["end_at"] = changes["start_at"] + (target.end_at - target.start_at)
    start, end = (changes.get(name) or getattr(target, name, None) for name in ("start_at", "end_at"))
    if start and end and end <= start and {"start_at", "end_at"} & changes.keys():
        raise Invalid("The end must be after the start.", "end_at")
    return changes
