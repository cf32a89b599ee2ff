"""The custom fields of a workspace beside what was decided of each: listed with samples, and decided anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import CharField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from integrations.activity.folding import folded
from integrations.activity.models import Contact, FieldDefinition, ShownField
from integrations.activity.names import UNDECIDED
from integrations.workspace.models import AuditEntry, User, Workspace

MOST_LISTED = 200
SAMPLED = 300  # contacts, those with the latest activity
MOST_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether and how profiles show a field."""

    is_shown: bool
    shown_as: str


@dataclass(frozen=True, slots=True)
class ListedField:
    """A custom field; `samples` are values as they came, `filled` counts the sampled contacts with one."""

    remote_id: str
    name: str
    data_type: str
    decision: Decision
    samples: tuple[Any, ...]
    filled: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Fields in the order of profiles; `total` fit the search, `sampled` contacts were looked at."""

    fields: list[ListedField]
    total: int
    sampled: int


def listing_of(workspace: Workspace, search: str = "") -> Listing:
    """The first MOST_LISTED fields, with samples. Three queries, and one for a search."""
    found = _decided(workspace)
    if search:
        named = found.values_list("pk", "name")
        found = found.filter(pk__in=[pk for pk, name in named if folded(search) in folded(name)])
    rows = list(found[:MOST_LISTED])
    values = _values(workspace)
    listed = [_listed(row, values) for row in rows]
    return Listing(listed, len(rows) if len(rows) < MOST_LISTED else found.count(), len(values))


def fields_to_edit(workspace: Workspace, *, at_most: int) -> tuple[list[FieldDefinition], int]:
    """The first fields, those that profiles show before the others, and how many there are. Up to two queries."""
    found = _decided(workspace).order_by("-is_shown", "place", "name", "pk")
    rows = list(found[: at_most + 1])
    return rows[:at_most], found.count() if len(rows) > at_most else len(rows)


def decide(
    workspace: Workspace, decisions: Mapping[str, Decision], *, order: Sequence[str] = (), actor: User
) -> int:
    """Store decisions of fields that are known; `order` puts those named first. Returns how many there were."""
    with transaction.atomic():
        known = {row.remote_id: row for row in _decided(workspace).filter(remote_id__in=[*decisions])}
        places = {remote_id: place for place, remote_id in enumerate(order)}
        rows = [
            ShownField(
                workspace=workspace,
                remote_id=remote_id,
                position=places.get(remote_id, row.place),
                is_shown=decisions[remote_id].is_shown,
                shown_as=decisions[remote_id].shown_as,
            )
            for remote_id, row in known.items()
        ]
        unique, news = ["workspace", "remote_id"], ["position", "is_shown", "shown_as"]
        ShownField.objects.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=news)
        AuditEntry.record(act="fields.map", actor=actor, workspace=workspace, fields=len(rows))
    return len(rows)


def _decided(workspace: Workspace) -> QuerySet[Any]:
    decided = ShownField.objects.filter(workspace=OuterRef("workspace"), remote_id=OuterRef("remote_id"))
    return (
        FieldDefinition.objects.present()
        .filter(workspace=workspace)
        .annotate(
            place=Coalesce(Subquery(decided.values("position")), F("position") + UNDECIDED),
            is_shown=Coalesce(Subquery(decided.values("is_shown")), Value(value=True)),
            shown_as=Coalesce(Subquery(decided.values("shown_as")), Value(""), output_field=CharField()),
        )
        .order_by("place", "name", "pk")
    )


def _values(workspace: Workspace) -> list[dict[str, Any]]:
    """{field id: value} of the contacts that were sampled."""
    found = Contact.objects.present().filter(workspace=workspace)
    latest = found.order_by(F("last_activity_at").desc(nulls_last=True), "-pk").values_list(
        "custom_fields", flat=True
    )
    return [
        {str(one.get("id", "")): one.get("value") for one in values if isinstance(one, Mapping)}
        for values in latest[:SAMPLED]
    ]


def _listed(row: Any, values: Sequence[Mapping[str, Any]]) -> ListedField:
    filled = [value for known in values if (value := known.get(row.remote_id)) not in (None, "", [], {})]
    apart = {repr(value): value for value in filled}
    return ListedField(
        row.remote_id,
        row.name,
        row.data_type,
        Decision(bool(row.is_shown), row.shown_as),
        tuple(apart.values())[:MOST_SAMPLES],
        len(filled),
    )
