"""Reads single values out of a row that GHL sent: texts, ids, times, and JSON that every database can keep."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
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
NOT_READ = "Everything else synced."
# Below the first a whole number is seconds since 1970, above it thousandths; from the second on finer still.
LEAST_MILLISECONDS, MOST_MILLISECONDS = 1e11, 1e14
TRUE, FALSE = ("true", "1", "yes", "y", "on"), ("false", "0", "no", "n", "off", "")


class Unreadable(ValueError):
    """A row lacks what makes it a record, or a value is of the wrong kind. `str()` is the reason."""


def text(value: Any) -> str:
    """A text, "" when missing; a number is written out. Raises Unreadable for anything else.

    Characters that no database keeps (NUL, halves of surrogate pairs) are dropped.
    """
    if value is None or value is False:
        return ""
    if value is True or not isinstance(value, str | int | float):
        raise Unreadable("not a text")
    return storable(str(value))


def country(value: Any) -> str:
    """A country as two capital letters, "" when missing or given in another way."""
    found = str(value or "").strip().upper()
    return found if len(found) == 2 and found.isascii() and found.isalpha() else ""


def reference(value: Any) -> str:
    """An id, "" when missing. Raises Unreadable when it is longer than any column keeps, or part of no address."""
    found = text(value)
    # SQLite would keep a long one and PostgreSQL would not; dots alone mean another address.
    if len(found) > LONGEST_ID or (found and not found.strip(". ")):
        raise Unreadable("not an id")
    return found


def flag(value: Any) -> bool | None:
    """Yes or no, however it is spelled; None when missing. Raises Unreadable for what is neither."""
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, str | int) else "?"
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise Unreadable("neither yes nor no")


def small_number(value: Any) -> int:
    """A whole number that every database keeps, 0 when missing. Raises Unreadable for anything else."""
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**31:
        raise Unreadable("not a small number")
    return value


def amount(value: Any) -> float | None:
    """A finite number, also one that came as text; None when missing. Raises Unreadable for anything else."""
    if value is None or value == "":
        return None
    found = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    if found is None or not isfinite(found):
        raise Unreadable("not an amount")
    return found


def storable(value: str) -> str:
    """The same text without what no database keeps: NUL and halves of surrogate pairs."""
    if value.isascii() and "\x00" not in value:
        return value  # nearly every text there is
    return value.replace("\x00", "").encode("utf-8", "ignore").decode()


def moment(value: Any, zone: ZoneInfo) -> datetime | None:
    """A time in UTC from ISO text (an offset wins, else the zone) or seconds or milliseconds since 1970.

    None when missing: a time in the year 1 is how some languages spell "never". Raises Unreadable for what is no
    time, and outside the years 1900 to 9000: no zone can be applied at the ends of the calendar.
    """
    if value in (None, ""):
        return None
    found = parsed(value)
    return None if found.year == 1 else in_utc(found, zone)


def parsed(value: Any) -> datetime:
    """The time as it was sent, without a zone when none was sent. Raises Unreadable."""
    try:
        number = _number(value)
        return datetime.fromisoformat(str(value)) if number is None else _since_1970(number)
    except (ValueError, OverflowError, OSError, RecursionError) as error:
        raise Unreadable("not a time") from error


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unreadable("not a time")
    is_number = not isinstance(value, str) or value.strip().lstrip("-").isdecimal()
    return float(value) if is_number else None


def _since_1970(number: float) -> datetime:
    """By its size: seconds, thousandths, millionths and less all stand for times of our age."""
    if abs(number) < LEAST_MILLISECONDS:
        number *= 1000
    while isfinite(number) and abs(number) >= MOST_MILLISECONDS:
        number /= 1000
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number)


def is_twofold(value: Any, zone: ZoneInfo) -> bool:
    """Whether a time without an offset lies in an hour that the clocks of `zone` show twice, or not at all."""
    try:
        found = parsed(value)
    except Unreadable:
        return False
    here = found.replace(tzinfo=zone)
    return found.tzinfo is None and here.utcoffset() != here.replace(fold=1).utcoffset()


def in_utc(found: datetime, zone: ZoneInfo) -> datetime:
    """A time in UTC, read in `zone` when it names none itself. Raises Unreadable when it lies too far off."""
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Unreadable(f"a time in the year {found.year}, which no calendar here can show")
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
    """A JSON value that every database can keep: the same, without characters and numbers that none can, and
    with null for what is nested deeper than any of them keeps."""
    if isinstance(value, str):
        return storable(value)
    if depth > DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {storable(str(key)): clean(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item, depth + 1) for item in value]
    # NaN and infinities are no JSON; Python's reader lets them in.
    return None if isinstance(value, float) and not isfinite(value) else value
