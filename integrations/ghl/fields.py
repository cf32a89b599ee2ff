"""Reads the fields of one row, each by itself: an odd one costs itself, and never its record."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from integrations.ghl.values import (
    LONGEST_ID,
    NOT_READ,
    Payload,
    Unreadable,
    amount,
    clean,
    flag,
    moment,
    reference,
    small_number,
    storable,
    text,
)

# What the index of tag names keeps on PostgreSQL: a third of a page of 8 KiB, less its own overhead.
LONGEST_TAG, LONGEST_TAG_BYTES = 1_000, 2_600


class Fields:
    """The fields of one row. One that holds something of the wrong kind reads as empty, and its name is noted in
    `odd`: it costs itself, and never its record."""

    def __init__(self, row: Payload, zone: ZoneInfo) -> None:
        self.row, self.zone = row, zone
        self.odd: set[str] = set()

    def text(self, key: str) -> str:
        value = self.row.get(key)
        # Nearly every text there is needs no reading: it is one, and every database keeps it.
        if isinstance(value, str) and value.isascii() and "\x00" not in value:
            return value
        return self._read(key, text, "")

    def reference(self, key: str) -> str:
        """The id of another record."""
        return self._read(key, reference, "")

    def flag(self, key: str) -> bool | None:
        """None where it is missing."""
        return self._read(key, flag, None)

    def place(self, key: str) -> int:
        """A small whole number, 0 where it is missing."""
        return self._read(key, small_number, 0)

    def amount(self, key: str) -> float | None:
        """Any number, None where it is missing."""
        return self._read(key, amount, None)

    def inner(self, key: str) -> "Fields":
        """The fields of an object within; without any where there is none."""
        value = self.row.get(key)
        if not isinstance(value, Mapping | None):
            self.odd.add(key)
        return Fields(value if isinstance(value, Mapping) else {}, self.zone)

    def moment(self, key: str) -> datetime | None:
        """A time in UTC; one without an offset is read in the zone of the account."""
        return self._read(key, partial(moment, zone=self.zone), None)

    def _read[T](self, key: str, read: Callable[[Any], T], empty: T) -> T:
        try:
            return read(self.row.get(key))
        except (ValueError, TypeError, OverflowError, RecursionError):
            self.odd.add(key)
            return empty


def tags_of(fields: Fields) -> tuple[str, ...]:
    """Each once, in their order; without those that no index keeps."""
    value = fields.row.get("tags")
    items = value if isinstance(value, list) else [value] if value else []
    tags = [storable(str(item)) for item in items if isinstance(item, str | int | float)]
    distinct = dict.fromkeys(tags)
    kept = [tag for tag in distinct if _is_kept_by_index(tag)]
    if len(tags) < len(items) or len(kept) < len(distinct):
        fields.odd.add("tags")
    return tuple(filter(None, kept))


def _is_kept_by_index(tag: str) -> bool:
    return len(tag) <= LONGEST_TAG and len(tag.encode()) <= LONGEST_TAG_BYTES


def custom_fields_of(fields: Fields) -> tuple[Mapping[str, Any], ...]:
    """{"id": field id, "value": anything} of each."""
    key = "customFields" if fields.row.get("customFields") else "customField"
    values = fields.row.get(key) or []
    items = values if isinstance(values, list) else []
    usable = [(found, item) for item in items if isinstance(item, Mapping) and (found := loose_id(item.get("id")))]
    if values and len(usable) < len(values if isinstance(values, list) else [values]):
        fields.odd.add(key)
    return tuple(
        {"id": found, "value": clean(item.get("value", item.get("fieldValue")))} for found, item in usable
    )


def own_id(row: Payload) -> str:
    """The record's own id. Raises Unreadable without one: nothing could be told apart, or asked for."""
    for key in ("id", "_id"):
        try:
            if found := reference(row.get(key)):
                return found
        except ValueError:
            continue
    raise Unreadable(f"GoHighLevel sent a record without a usable ID. {NOT_READ}")


def loose_id(value: Any) -> str:
    """As much of an id as can be kept, "" for what is none."""
    return storable(str(value))[:LONGEST_ID] if isinstance(value, str | int) else ""
