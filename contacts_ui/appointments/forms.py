"""What somebody chose in the form of a meeting, and what the form shows of one."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_time

from contacts_ui.components.appointment_status import BEFORE, status_of
from contacts_ui.formatting.clock import local
from integrations.sync.commands import Invalid

# What is sent of a field under another name than it is shown.
SHOWN = ("calendar_id", "title", "owner_id", "day", "time", "until", "slot")
NO_TIME, NO_DAY = "Choose a time.", "Choose a day, such as 2026-12-03."


def empty(now: datetime) -> dict[str, Any]:
    """A new meeting, on the next working day."""
    return dict.fromkeys(SHOWN, "") | {"day": next_working_day(now).isoformat(), "outside": False}


def next_working_day(now: datetime) -> date:
    """Tomorrow, or Monday where that is a weekend."""
    tomorrow = local(now).date() + timedelta(days=1)
    return tomorrow + timedelta(days=max(0, 7 - tomorrow.weekday()) if tomorrow.weekday() > 4 else 0)


def shown(standing: Mapping[str, Any]) -> dict[str, Any]:
    """A meeting as it stands, in the reader's zone."""
    start = local(datetime.fromisoformat(standing["start_at"]))
    return dict.fromkeys(SHOWN, "") | {
        "title": standing["title"],
        "owner_id": standing["owner_remote_id"],
        "day": start.date().isoformat(),
        "time": f"{start:%H:%M}",
        "outside": False,
    }


def wanted_in(post: QueryDict) -> dict[str, Any]:
    """The values as somebody left them, to be shown again where they cannot be taken."""
    return {name: post.get(name, "").strip() for name in SHOWN} | {"outside": "outside" in post}


def booking_of(wanted: Mapping[str, Any], *, is_offered: bool) -> dict[str, Any]:
    """A new meeting under the names that a change takes. Raises Invalid."""
    start = start_of(wanted, is_offered=is_offered)
    if start is None:
        raise Invalid(NO_TIME, "start_at")
    data = {name: wanted[name] for name in ("calendar_id", "title", "owner_id") if wanted[name]}
    if not data.get("calendar_id"):
        raise Invalid("Choose a calendar.", "calendar_id")
    end = {"end_at": _moment(wanted["day"], wanted["until"])} if wanted["until"] and not wanted["slot"] else {}
    return data | {"start_at": start} | end | _unchecked(wanted)


def move_of(
    wanted: Mapping[str, Any], opened: Mapping[str, Any], *, is_offered: bool, now: datetime
) -> dict[str, Any]:
    """What somebody changed of a meeting. Raises Invalid.

    One that was cancelled or has its outcome, moved to a time ahead, takes place after all.
    """
    was = shown(opened)
    data = {name: wanted[name] for name in ("title", "owner_id") if wanted[name] != was[name]}
    if data.get("owner_id") == "":
        raise Invalid("A meeting keeps an owner. Choose another one instead.", "owner_id")
    is_moved = bool(wanted["slot"]) or any(wanted[name] != was[name] for name in ("day", "time"))
    start = start_of(wanted, is_offered=is_offered) if is_moved else None
    if start is None and wanted["day"] != was["day"]:
        raise Invalid(NO_TIME, "start_at")
    if start is None or _is_at(start, opened["start_at"]):
        return data
    takes_place = {"status": "confirmed"} if settled_word(opened) and _moment_of(start) > now else {}
    return data | {"start_at": start} | takes_place | _unchecked(wanted)


def settled_word(opened: Mapping[str, Any]) -> str:
    """What a meeting is marked as that is not expected to take place any more; "" for any other."""
    word = opened.get("status", "").lower()
    known = None if word in BEFORE else status_of(word)
    return known.word.lower() if known else ""


def start_of(wanted: Mapping[str, Any], *, is_offered: bool) -> str | datetime | None:
    """When it is to begin: an offered time, or the one that was entered; None where an offer was not taken."""
    if wanted["slot"] and not wanted["outside"]:
        return str(wanted["slot"])
    if is_offered and not wanted["outside"]:
        return None
    return _moment(wanted["day"], wanted["time"])


def day_in(text: str) -> date | None:
    """A day as a form sends it; None for what is none."""
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and 1970 < found.year < 2200 else None


def _moment(day: str, hour: str) -> datetime:
    """A day and an hour of the reader's zone."""
    on = day_in(day)
    if on is None:
        raise Invalid(NO_DAY, "start_at")
    try:
        at = parse_time(hour)
    except ValueError:
        at = None
    if at is None:
        raise Invalid("Enter a time, such as 14:30." if hour else NO_TIME, "start_at")
    return datetime.combine(on, time(at.hour, at.minute), timezone.get_current_timezone())


def _moment_of(start: str | datetime) -> datetime:
    """Raises Invalid for what no offer holds."""
    try:
        return start if isinstance(start, datetime) else datetime.fromisoformat(start).astimezone()
    except ValueError:
        raise Invalid(NO_TIME, "start_at") from None


def _is_at(start: str | datetime, moment: str) -> bool:
    return isinstance(start, datetime) and start == datetime.fromisoformat(moment)


def _unchecked(wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {"ignore_free_slot_validation": True} if wanted["outside"] else {}
