"""Reads deals: all of a sub-account, those of a contact, or one, each with the names of its pipeline and stage."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from integrations.activity.kinds.opportunity import OpportunityRecord
from integrations.activity.records import BadRecord, Record
from integrations.connections.ports import Json, Page
from integrations.ghl.client.api import Client
from integrations.ghl.client.paging import BEHIND, PAGE, Position, total_of, turn
from integrations.ghl.fields import Fields
from integrations.ghl.mapping import read_rows, shared
from integrations.ghl.values import Payload, storable

FIRST = Position(limit=100, ways=(BEHIND, PAGE))


class Deals:
    """The deals of one sub-account; safe to use from any thread. Raises the client's errors."""

    def __init__(self, client: Client, location_id: str, zone: ZoneInfo) -> None:
        self._client, self._location_id, self._zone = client, location_id, zone

    def page(self, cursor: Json, _: datetime | None) -> Page:
        """A page of all deals. The listing cannot be limited to what changed."""
        return self._listed(Position.of(cursor) if cursor else FIRST)

    def of_contact(self, contact_id: str) -> Page:
        """All deals of a contact."""
        records, bad, at = list[Record](), list[BadRecord](), FIRST
        while True:
            page = self._listed(at, contact_id)
            records += page.records
            bad += page.bad
            if page.cursor is None:
                return replace(page, records=records, bad=bad)
            at = Position.of(page.cursor)

    def one(self, opportunity_id: str, _: str) -> OpportunityRecord:
        return opportunity(self._client.opportunities.get(opportunity_id), self._zone, self._names)

    def _listed(self, at: Position, contact_id: str | None = None) -> Page:
        answer: Any = self._client.opportunities.search(self._location_id, at, contact_id=contact_id)
        rows, total = answer["opportunities"], total_of(answer)
        following = turn(at, _with_place(rows, answer.get("meta")), total)
        # Nobody needs the names for nothing.
        records, bad = read_rows(rows, opportunity, self._zone, self._names if rows else {})
        after = following.position.as_json() if following.position else None
        return Page(records, bad, after, total, following.doubt)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """Of pipelines and stages, by id."""
        found: dict[str, str] = {}
        for pipeline in self._client.opportunities.pipelines(self._location_id):
            stages: Any = pipeline.get("stages") if isinstance(pipeline, dict) else None
            for row in (pipeline, *(stages if isinstance(stages, list) else ())):
                if isinstance(row, dict) and row.get("id"):
                    found[str(row["id"])] = storable(str(row.get("name") or ""))
        return found


def _with_place(rows: list[Any], meta: Any) -> list[Any]:
    """Where the listing goes on stands beside its rows; here each listing's last row says it."""
    place = [meta.get(key) for key in ("startAfter", "startAfterId")] if isinstance(meta, dict) else []
    if not rows or not isinstance(rows[-1], dict) or not all(place):
        return rows
    return [*rows[:-1], {**rows[-1], "searchAfter": place}]


def opportunity(row: Payload, zone: ZoneInfo, names: Mapping[str, str]) -> OpportunityRecord:
    """`names` are those of pipelines and stages, which a row tells by id."""
    fields = Fields(row, zone)
    pipeline, stage = fields.reference("pipelineId"), fields.reference("pipelineStageId")
    return OpportunityRecord(
        contact_remote_id=fields.reference("contactId"),
        name=fields.text("name"),
        pipeline_remote_id=pipeline,
        pipeline=names.get(pipeline, ""),
        stage_remote_id=stage,
        stage=names.get(stage, ""),
        status=fields.text("status"),
        value=fields.amount("monetaryValue"),
        owner_remote_id=fields.reference("assignedTo"),
        source=fields.text("source"),
        added_at=fields.moment("createdAt") or fields.moment("dateAdded"),
        updated_at=fields.moment("updatedAt") or fields.moment("dateUpdated"),
        stage_changed_at=fields.moment("lastStageChangeAt"),
        status_changed_at=fields.moment("lastStatusChangeAt"),
        **shared(fields, OpportunityRecord),
    )
