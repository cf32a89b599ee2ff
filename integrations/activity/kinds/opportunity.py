"""Opportunities, which people call deals: what a contact may buy, how far that has come, and how it ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.activity.kinds.kind import Columns, Kind, Shown, iso, plain_number, same_names
from integrations.activity.models import Opportunity
from integrations.activity.records import Record

OPEN, CHANGED = "opportunity.open", "opportunity.changed"
CLOSED = {"won": "opportunity.won", "lost": "opportunity.lost", "abandoned": "opportunity.abandoned"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityRecord(Record):
    contact_remote_id: str = ""
    name: str = ""
    pipeline_remote_id: str = ""
    pipeline: str = ""
    stage_remote_id: str = ""
    stage: str = ""
    status: str = ""
    value: float | None = None
    owner_remote_id: str = ""
    source: str = ""
    added_at: datetime | None = None
    updated_at: datetime | None = None
    stage_changed_at: datetime | None = None
    status_changed_at: datetime | None = None


def _shown(deal: Any) -> Shown:
    """A closed deal stands where it was closed, any other one where it began."""
    closed = CLOSED.get(deal.status.lower())
    added_at = deal.added_at or deal.fetched_at
    facts = {
        "status": deal.status,
        "value": plain_number(deal.value),
        "pipeline": deal.pipeline,
        "stage": deal.stage,
    }
    return Shown(
        type=closed or OPEN,
        occurred_at=(deal.status_changed_at or deal.updated_at or added_at) if closed else added_at,
        actor_remote_id=deal.owner_remote_id,
        title=deal.name,
        text=f"{deal.name} {deal.pipeline} {deal.stage}".lower(),
        facts={name: value for name, value in facts.items() if value not in ("", None)},
        changed_at=deal.updated_at,
    )


def _exported(deal: Any) -> Columns:
    return {
        "name": deal.name,
        "pipeline": deal.pipeline,
        "pipeline_id": deal.pipeline_remote_id,
        "stage": deal.stage,
        "stage_id": deal.stage_remote_id,
        "status": deal.status,
        "value": deal.value,
        "owner_id": deal.owner_remote_id,
        "source": deal.source,
        "added_at": iso(deal.added_at),
        "updated_at": iso(deal.updated_at),
    }


KIND = Kind(
    name="opportunity",
    plural="opportunities",
    label="Deals",
    one="Deal",
    icon="handshake",
    record=OpportunityRecord,
    model=Opportunity,
    columns=same_names,
    has_contact=True,
    keeps=("added_at", "updated_at", "stage_changed_at", "status_changed_at"),
    compares=("contact_remote_id",),
    # By id, so that a stage that was only renamed moves nothing. How a deal ended is said by its own row.
    watched={
        "pipeline_remote_id": "Pipeline",
        "stage_remote_id": "Stage",
        "value": "Value",
        "owner_remote_id": "Owner",
        "name": "Name",
    },
    named_by={"pipeline_remote_id": "pipeline", "stage_remote_id": "stage"},
    clocks={"pipeline_remote_id": "stage_changed_at", "stage_remote_id": "stage_changed_at"},
    changed_as=CHANGED,
    shown=_shown,
    exported=_exported,
)
