"""What a kind says of itself; nobody else holds a table of kinds."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from typing import Any

from integrations.activity.models import RemoteObject
from integrations.activity.records import Record

NOT_OWN = frozenset(one.name for one in fields(Record))
# Not part of what makes a record different: how it was sent, and times that not every endpoint tells.
NOT_CONTENT = frozenset({"payload", "is_deleted", "added_at", "updated_at"})
type Columns = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a timeline row says of its source; the columns of `ActivityEntry` of the same names.

    `type` begins with the kind's name and a full stop. `body` is HTML that is safe to show; `facts` hold plain
    JSON values.
    """

    type: str
    occurred_at: datetime
    is_open: bool = False
    agenda_at: datetime | None = None
    actor_remote_id: str = ""
    title: str = ""
    body: str = ""
    text: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    changed_at: datetime | None = None


def never(_record: Any, _before: Mapping[str, Any]) -> bool:
    return False


def always(_record: Any, _before: Mapping[str, Any]) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One sort of record.

    `name` is the word in addresses and exports, `plural` the stream's, `label` and `one` what people read.
    `columns` fills the model from a record; `keeps` are those that an endpoint may leave out without clearing;
    `compares` those whose old value says what kind of change it is. `is_told` says whether the provider tells of
    a changed record by a webhook. `shown` gives the timeline row of a stored object, `exported` its columns in an
    export; a kind without them stands in neither.
    """

    name: str
    plural: str
    label: str
    one: str
    icon: str = ""
    record: type[Record] | None = None
    model: type[RemoteObject] | None = None
    columns: Callable[[Any], Columns] | None = None
    has_contact: bool = False
    keeps: tuple[str, ...] = ()
    compares: tuple[str, ...] = ()
    is_told: Callable[[Any, Mapping[str, Any]], bool] = always
    shown: Callable[[Any], Shown] | None = None
    exported: Callable[[Any], Columns] | None = None

    @property
    def has_entries(self) -> bool:
        """Whether timelines have rows of it."""
        return self.shown is not None or self.model is None


def same_names(record: Record) -> Columns:
    """The record's own fields under their own names."""
    kind: Any = type(record)
    return {name: getattr(record, name) for name in _names(kind, NOT_OWN)}


def fingerprint(record: Record) -> str:
    """32 hex digits over everything the record says, unknown parts included; equal content, equal digits."""
    kind: Any = type(record)
    content = [getattr(record, name) for name in _names(kind, NOT_CONTENT)]
    return hashlib.blake2b(ENCODER.encode(content).encode(), digest_size=16).hexdigest()


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@cache
def _names(record: Any, without: frozenset[str]) -> tuple[str, ...]:
    return tuple(one.name for one in fields(record) if one.name not in without)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


# Made once: a record takes less time to encode than an encoder to be made.
ENCODER = json.JSONEncoder(default=_plain, sort_keys=True, ensure_ascii=True)
