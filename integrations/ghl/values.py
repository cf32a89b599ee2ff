"""Reads single values out of a row that GHL sent: texts, ids, times, and JSON that every database can keep."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from integrations.activity.records import JsonText

type Payload = Mapping[str, Any]

LONGEST_ID = 128
# SQLite takes JSON of 1,000 levels at most and Python's own writer gives up near there; people nest a handful.
DEEPEST = 100
FIRST_YEAR, LAST_YEAR = 1900, 9000
KEPT = "Kept as a failure, the rest went on."


class Unreadable(ValueError):
    """A row lacks what makes it a record, or holds something of the wrong kind. `str()` is the reason."""


def text(row: Payload, key: str) -> str:
    """A text value, "" when missing; a number is written out. Raises Unreadable for anything else.

    Characters that no database keeps (NUL, halves of surrogate pairs) are dropped.
    """
    value = row.get(key)
    if value is None or value is False:
        return ""
    if isinstance(value, dict | list):
        raise Unreadable(f"GHL sent something other than text as {key}. {KEPT}")
    return storable(str(value))


def reference(row: Payload, key: str) -> str:
    """The id of another record, "" when missing. Raises Unreadable when it is longer than any column keeps."""
    value = text(row, key)
    # SQLite would keep it and PostgreSQL would not: both say the same, here.
    if len(value) > LONGEST_ID:
        raise Unreadable(f"GHL sent a {key} longer than {LONGEST_ID} characters, which is no id. {KEPT}")
    return value


def storable(value: str) -> str:
    """The same text without what no database keeps: NUL and halves of surrogate pairs."""
    if value.isascii() and "\x00" not in value:
        return value  # nearly every text there is
    return value.replace("\x00", "").encode("utf-8", "ignore").decode()


def moment(row: Payload, key: str, zone: ZoneInfo) -> datetime | None:
    """A time in UTC from ISO text (an offset wins, else the zone) or epoch milliseconds; None when missing.

    A time in the year 1 is how some languages spell "never", and so is missing too. Raises Unreadable for what is
    no time, and outside the years 1900 to 9000: no zone can be applied at the ends of the calendar.
    """
    value = row.get(key)
    if value in (None, ""):
        return None
    found = parsed(value, key)
    return None if found.year == 1 else in_utc(found, key, zone)


def parsed(value: Any, key: str) -> datetime:
    """The time as it was sent, without a zone when none was sent. Raises Unreadable."""
    try:
        if isinstance(value, int | float) or str(value).lstrip("-").isdecimal():
            return datetime.fromtimestamp(float(value) / 1000, UTC)
        return datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError, RecursionError) as error:
        raise Unreadable(f"GHL sent a {key} that is not a time. {KEPT}") from error


def is_twofold(value: Any, zone: ZoneInfo) -> bool:
    """Whether a time without an offset lies in an hour that the clocks of `zone` show twice, or not at all."""
    try:
        found = parsed(value, "time")
    except Unreadable:
        return False
    here = found.replace(tzinfo=zone)
    return found.tzinfo is None and here.utcoffset() != here.replace(fold=1).utcoffset()


def in_utc(found: datetime, key: str, zone: ZoneInfo) -> datetime:
    """A time in UTC, read in `zone` when it names none itself. Raises Unreadable when it lies too far off."""
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Unreadable(f"GHL sent a {key} in the year {found.year}, which no calendar here can show. {KEPT}")
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def cleaned(row: Payload) -> tuple[Payload, JsonText]:
    """The same as `clean` and its JSON; a row that needs no cleaning, as nearly every one, is only written.

    The writer refuses halves of surrogate pairs, writes NaN as null and NUL as an escape that is looked for.
    """
    try:
        written = orjson.dumps(row)
    except TypeError:  # that, or a whole number beyond 64 bits
        return _cleaned(row)
    is_flat = written.count(b"{") + written.count(b"[") <= DEEPEST
    return (row, JsonText(written.decode())) if is_flat and b"\\u0000" not in written else _cleaned(row)


def _cleaned(row: Payload) -> tuple[Payload, JsonText]:
    kept: Payload = clean(row)
    return kept, JsonText(json.dumps(kept))


def clean(value: Any, depth: int = 0) -> Any:
    """A JSON value that every database can keep: the same, without characters and numbers that none can.

    Raises Unreadable for one that is nested deeper than any of them keeps.
    """
    if isinstance(value, str):
        return storable(value)
    if depth > DEEPEST:
        raise Unreadable(f"GHL sent a value nested deeper than {DEEPEST} levels. {KEPT}")
    if isinstance(value, Mapping):
        return {storable(str(key)): clean(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item, depth + 1) for item in value]
    # NaN and infinities are no JSON; Python's reader lets them in.
    return None if isinstance(value, float) and not isfinite(value) else value
