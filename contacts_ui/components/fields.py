"""Fields of changes in words: what each is called, and its values as people read them. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contacts_ui.components.appointment_status import status_of
from contacts_ui.components.field_names import Names
from contacts_ui.components.owners import UNNAMED
from contacts_ui.formatting import clock, custom_fields
from integrations.activity import markup
from integrations.sync.health.fields import CUSTOM

LABELS: Mapping[str, str] = {
    "owner_remote_id": "Owner",
    "author_remote_id": "Author",
    "calendar_remote_id": "Calendar",
    "business_remote_id": "Business",
    "due_at": "Due date",
    "start_at": "Start",
    "end_at": "End",
    "is_completed": "Completed",
    "is_pinned": "Pinned",
    "tag_names": "Tags",
    "company": "Company",
}
OF_KIND: Mapping[tuple[str, str], str] = {
    ("task", "owner_remote_id"): "Assignee",
    ("task", "body"): "Description",
    ("note", "body"): "Text",
    ("appointment", "owner_remote_id"): "Assigned to",
}


def label(kind: str, column: str, connection: int, names: Names) -> str:
    """What people call a field."""
    if column.startswith(CUSTOM):
        known = names.custom.get((connection, column.removeprefix(CUSTOM)))
        return known.name if known and known.name else "Custom field"
    return OF_KIND.get((kind, column)) or LABELS.get(column) or column.replace("_", " ").capitalize()


def words(column: str, value: Any, connection: int, names: Names) -> str:
    """A value in words, whole; "" for none."""
    if value in (None, "", []):
        return ""
    if column.startswith(CUSTOM):
        return _custom(value, names.custom.get((connection, column.removeprefix(CUSTOM))))
    if (ids := names.of(column)) is not None:
        return ids.get((connection, str(value)), "Unknown") or UNNAMED
    if column.endswith("_at"):
        return moment(str(value))
    if column == "status" and (known := status_of(str(value))):
        return known.word
    if column == "body":
        return markup.plain_text(str(value))
    return value if isinstance(value, str) else custom_fields.words(value)


def _custom(value: Any, known: Any) -> str:
    data_type = known.data_type if known else ""
    if isinstance(value, str) and "DATE" not in data_type.upper():
        return value
    return custom_fields.words(value, data_type)


def moment(value: str) -> str:
    """A moment as JSON holds it, in the reader's zone: "Thu 12 Nov 2026, 10:38 GMT"."""
    try:
        at = clock.local(datetime.fromisoformat(value))
    except ValueError:
        return value
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M} {at.tzname() or 'UTC'}"
