"""Changes of contacts and of what happens with them, field by field: found when they are stored, since no provider
tells them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.activity.kinds.kind import CALLED, Kind, Shown, plain_number
from integrations.activity.kinds.kind import FIELDS as FIELDS

MERGED = "change.merged"
MERGED_WITH = "Merged with"
# Edits of one thing within this time are one change.
ONE_EDIT = timedelta(minutes=10)
MOMENT = "moment"
type Part = dict[str, Any]


def changed(kind: Kind, before: Mapping[str, Any], after: Any, now: datetime) -> Shown | None:
    """Every watched field that differs, old value beside new; None when none does."""
    columns = [column for column in kind.watched if before and before[column] != getattr(after, column)]
    if not columns:
        return None
    named = [(kind.watched[column], kind.named_by.get(column, column)) for column in columns]
    parts = [_part(word, before[column], getattr(after, column)) for word, column in named]
    title = next(getattr(after, name) for name in CALLED if hasattr(after, name)) if kind.has_contact else ""
    facts = {"of": kind.name} if kind.has_contact and kind.changed_as == FIELDS else {}
    clock = kind.clocks.get(columns[0], "updated_at")
    return _shown(parts, _moment(clock, before, after, now), title, facts, kind=kind.changed_as)


def _moment(clock: str, before: Mapping[str, Any], after: Any, now: datetime) -> datetime:
    """When it was changed as its provider tells, and now where that was not told with this change."""
    told: datetime | None = getattr(after, clock, None)
    return min(told, now) if told and told != before.get(clock) else now


def continued(earlier: Any, later: Any) -> Shown | None:
    """Two changes of one thing, as their rows tell them, in one: the old values of the first, the new ones of the
    last, in the first one's place. None when nothing differs in the end."""
    parts = {part["field"]: part for part in earlier.facts["changes"]}
    for part in later.facts["changes"]:
        parts[part["field"]] = part | {"old": parts.get(part["field"], part)["old"]}
    differing = [part for part in parts.values() if part["old"] != part["new"]]
    facts = {name: value for name, value in later.facts.items() if name != "changes"}
    if not differing:
        return None
    return _shown(differing, earlier.occurred_at, later.title, facts, later.changed_at, kind=later.type)


def merged(other: str, now: datetime) -> Shown:
    """Another contact, by its name, was merged into this one."""
    parts = [{"field": MERGED_WITH, "old": "", "new": other}]
    return Shown(type=MERGED, occurred_at=now, text=f"{MERGED_WITH} {other}", facts={"changes": parts})


def _shown(
    parts: list[Part],
    at: datetime,
    title: str,
    facts: Mapping[str, Any],
    changed_at: datetime | None = None,
    *,
    kind: str,
) -> Shown:
    return Shown(
        type=kind,
        occurred_at=at,
        title=title,
        text=" ".join([title, *(part["field"] for part in parts)]).strip(),
        facts={**facts, "changes": parts},
        changed_at=changed_at or at,
    )


def _part(field: str, old: Any, new: Any) -> Part:
    """Plain JSON values; a moment says that it is one."""
    part = {"field": field, "old": _plain(old), "new": _plain(new)}
    return part | {"as": MOMENT} if isinstance(old or new, datetime) else part


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else plain_number(value)


KIND = Kind(name="change", plural="changes", label="Changes", one="Change", icon="refresh-cw")
