"""A meeting as its row shows it while something about it is not settled: where it stands, where it goes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contacts_ui.components.owners import Person, owner_of
from contacts_ui.components.pending import Pending
from contacts_ui.components.task_draft import moment_of

# What a change on its way does to the row; one that failed only says what it wanted.
GOES_ON = ("waits", "sending")


@dataclass(frozen=True, slots=True)
class MeetingDraft:
    """A meeting that was booked here and is not there yet. `key` is its row's id."""

    key: str
    title: str
    start_at: datetime | None
    ends_at: datetime | None
    owner: Person | None
    pending: Pending

    @property
    def can_choose_anew(self) -> bool:
        """Whether the provider wants another time or another owner, and the viewer may give it."""
        return _wants_anew(self.pending)


def _wants_anew(pending: Pending) -> bool:
    return bool(pending.write.unfit and pending.dismiss_url)


def _chosen_anew(pending: Pending) -> Pending:
    """The same without its general form, beside which a place of the calendar is chosen."""
    return replace(pending, edit_url="") if _wants_anew(pending) else pending


def draft_of(pending: Pending, owners: Mapping[str, Person]) -> MeetingDraft:
    """The meeting as its change says it will be."""
    wanted = pending.write.changes
    return MeetingDraft(
        key=f"write-{pending.write.pk}",
        title=wanted.get("title") or "New meeting",
        start_at=moment_of(wanted.get("start_at")),
        ends_at=moment_of(wanted.get("end_at")),
        owner=owner_of(wanted.get("owner_remote_id", ""), owners),
        pending=_chosen_anew(pending),
    )


def overlay_of(pending: Pending | None) -> dict[str, Any]:
    """What an item shows of a change that is not settled: its new place, and its new title and status."""
    if pending is None:
        return {}
    wanted, goes_on = pending.write.changes, pending.look in GOES_ON
    told: dict[str, Any] = {"pending": _chosen_anew(pending), "wants_anew": _wants_anew(pending)}
    if moves_to := moment_of(wanted.get("start_at")):
        told |= {"moves_to": moves_to, "moves_until": moment_of(wanted.get("end_at")), "is_moving": goes_on}
    if goes_on and "title" in wanted:
        told["title"] = wanted["title"]
    return told
