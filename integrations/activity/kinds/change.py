"""Changes of a contact, field by field: found when a contact is stored, since no provider tells them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.activity.kinds.kind import Kind, Shown

FIELDS, MERGED = "change.fields", "change.merged"
MERGED_WITH = "Merged with"
# What a person would call changed; clocks and derived columns are not among it.
WATCHED = {
    "first_name": "First name",
    "last_name": "Last name",
    "email": "E-mail",
    "phone": "Phone",
    "company": "Company",
    "business_remote_id": "Business",
    "owner_remote_id": "Owner",
    "source": "Source",
    "tag_names": "Tags",
    "custom_fields": "Custom fields",
}


def changed(before: Mapping[str, Any], contact: Any, now: datetime) -> Shown | None:
    """Every watched field that differs, old value beside new; None when none does."""
    parts = [
        {"field": word, "old": before[column], "new": getattr(contact, column)}
        for column, word in WATCHED.items()
        if before and before[column] != getattr(contact, column)
    ]
    if not parts:
        return None
    return Shown(
        type=FIELDS,
        occurred_at=min(contact.updated_at or now, now),
        text=" ".join(part["field"] for part in parts).lower(),
        facts={"changes": parts},
    )


def merged(other: str, now: datetime) -> Shown:
    """Another contact, by its name, was merged into this one."""
    parts = [{"field": MERGED_WITH, "old": "", "new": other}]
    return Shown(type=MERGED, occurred_at=now, text=f"{MERGED_WITH} {other}".lower(), facts={"changes": parts})


KIND = Kind(name="change", plural="changes", label="Changes", one="Change", icon="refresh-cw")
