"""The free times of a calendar as a form offers them; what cannot be read leaves a free choice, and says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from contacts_ui.appointments.forms import day_in
from contacts_ui.formatting import clock
from contacts_ui.formatting.clock import local
from contacts_ui.shell.http import MemberRequest
from integrations.connections.models import Connection
from integrations.connections.ports import SyncError
from integrations.security import callouts
from integrations.sync import commands


@dataclass(frozen=True, slots=True)
class Slot:
    """`value` names the moment, `words` say its hour in the reader's zone."""

    value: str
    words: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """`slots` are None where nobody asked yet or nothing could be read, which `why` tells."""

    day: str = ""
    slots: tuple[Slot, ...] | None = None
    why: str = ""
    detail: str = ""

    @property
    def is_offered(self) -> bool:
        return self.slots is not None


def offer_of(request: MemberRequest, connection: Connection, values: Mapping[str, Any]) -> Offer:
    """What the calendar in `values` offers on their day. One call to the provider, none without both."""
    day = day_in(values["day"])
    if day is None or not values["calendar_id"]:
        return Offer()
    said = Offer(day=_in_words(day))
    try:
        with callouts.lane(request, "slots"):
            zone = timezone.get_current_timezone_name()
            found = commands.free_slots(connection, values["calendar_id"], day, zone)
    except callouts.Held as held:
        return replace(said, why=str(held).replace("Nothing was changed. ", ""))
    except SyncError as error:
        return replace(said, why=str(error), detail=error.detail)
    return replace(said, slots=tuple(_slot(one, values["slot"]) for one in found))


def _slot(moment: datetime, chosen: str) -> Slot:
    here = local(moment)
    return Slot(here.isoformat(), f"{here:%H:%M}", here.isoformat() == chosen)


def _in_words(day: date) -> str:
    return " ".join(clock.day_heading(day, local(timezone.now()).date())).strip()
