"""A contact's appointments come without an offset: such a time never overwrites one that came with one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.activity.models import Appointment
from integrations.ghl.values import Unreadable, in_utc, is_twofold, parsed


@dataclass(frozen=True, slots=True)
class Known:
    """When a cached appointment starts and ends, as the provider said it last."""

    start: Any
    end: Any
    start_at: datetime


def known_of(connection_id: int, rows: Sequence[Any]) -> dict[str, Known]:
    """Of those of the rows that we hold with an offset. One query, and none where every row has one."""
    vague = [str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id") and _is_vague(row)]
    if not vague:
        return {}
    found = Appointment.objects.filter(connection=connection_id, remote_id__in=vague, deleted_at=None)
    times = found.values_list("remote_id", "payload__startTime", "payload__endTime", "start_at")
    return {name: Known(*rest) for name, *rest in times if not _is_vague({"startTime": rest[0]})}


def timed(
    row: Any, known: Mapping[str, Known], zone: ZoneInfo, ask: Callable[[str], Mapping[str, Any] | None]
) -> Any:
    """The row with a start that names one moment, as far as anybody says. `ask` brings one by itself."""
    if not isinstance(row, dict) or not row.get("id") or not _is_vague(row):
        return row
    name = str(row["id"])
    held = known.get(name)
    is_open = held is not None and in_utc(parsed(row["startTime"]), zone) != held.start_at
    if is_open or is_twofold(row["startTime"], zone):
        if asked := ask(name):
            return {**row, **asked}
        # Then the first of the two times has to do, or what an answer with an offset said last.
        return {**row, "startTime": held.start, "endTime": held.end} if held else row
    return {**row, "startTime": held.start} if held else row


def _is_vague(row: Mapping[str, Any]) -> bool:
    try:
        return parsed(row.get("startTime")).tzinfo is None
    except Unreadable:
        return False
