"""What a kind says of itself; nobody else holds a table of kinds."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

import orjson

from integrations.activity.folding import seen
from integrations.activity.models import RemoteObject
from integrations.activity.records import Record

CALLED = ("name", "title")
FIELDS = "change.fields"  # the type of a row that says what was changed, unless a kind has its own
NOT_OWN = frozenset(one.name for one in fields(Record))
# Not part of what makes a record different: how it was sent, and times that not every endpoint tells.
NOT_CONTENT = frozenset({"payload", "is_deleted", "added_at", "updated_at"})
type Columns = dict[str, Any]


class Shown(NamedTuple):
    """What a timeline row says of its source; the columns of `ActivityEntry` of the same names. Told by name.

    `type` begins with the kind's name and a full stop. `body` is HTML that is safe to show; `facts` hold plain
    JSON values. Whatever a clock over there says, all but what `may_lie_ahead` had happened when it was read.
    """

    type: str
    occurred_at: datetime
    may_lie_ahead: bool = False
    is_open: bool = False
    agenda_at: datetime | None = None
    actor_remote_id: str = ""
    title: str = ""
    body: str = ""
    text: str = ""
    facts: Mapping[str, Any] = {}
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
    `compares` those whose old value says what kind of change it is, `owns` those of ours that no record tells and
    the timeline row shows. `watched` are those whose change is a row of
    the timeline, with what people call them; `named_by` are the columns that name the value of another, `clocks`
    those that tell when it was changed, `changed_as` is the type of the row. `revised` gives more columns of a
    record that is stored again, from what its columns `revises` held before. `is_told` says whether the provider
    tells of a changed record by a webhook. `shown` gives the timeline row of a stored object, `exported` its
    columns in an export; a kind without them stands in neither. `exported_own` adds what is kept here alone to the
    export of a timeline.
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
    owns: tuple[str, ...] = ()
    watched: Mapping[str, str] = field(default_factory=dict)
    named_by: Mapping[str, str] = field(default_factory=dict)
    clocks: Mapping[str, str] = field(default_factory=dict)
    changed_as: str = FIELDS
    revises: tuple[str, ...] = ()
    revised: Callable[[Mapping[str, Any], Columns, datetime], Columns] | None = None
    is_told: Callable[[Any, Mapping[str, Any]], bool] = always
    shown: Callable[[Any], Shown] | None = None
    exported: Callable[[Any], Columns] | None = None
    exported_own: Callable[[Any], Columns] | None = None

    @property
    def told(self) -> tuple[str, ...]:
        """The columns that a row about a change is made from."""
        return (*self.watched, *self.named_by.values(), *self.clocks.values())

    @property
    def has_entries(self) -> bool:
        """Whether timelines have rows of it."""
        return self.shown is not None or self.model is None


def same_names(record: Record) -> Columns:
    """The record's own fields under their own names; what it is called is "" where nobody could see it."""
    kind: Any = type(record)
    columns = dict(zip(_names(kind, NOT_OWN), _values(kind, NOT_OWN)(record), strict=True))
    return columns | {name: seen(columns[name]) for name in CALLED if name in columns}


def fingerprint(record: Record) -> str:
    """32 hex digits over everything the record says, unknown parts included; equal content, equal digits."""
    kind: Any = type(record)
    content = _values(kind, NOT_CONTENT)(record)
    try:
        written = orjson.dumps(content, _plain, orjson.OPT_SORT_KEYS)
    except TypeError:  # a whole number beyond 64 bits
        written = ENCODER.encode(content).encode()
    return hashlib.blake2b(written, digest_size=16).hexdigest()


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plain_number(value: Any) -> Any:
    """A whole amount without the decimals that it does not have; anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@cache
def _names(record: Any, without: frozenset[str]) -> tuple[str, ...]:
    return tuple(one.name for one in fields(record) if one.name not in without)


@cache
def _values(record: Any, without: frozenset[str]) -> Callable[[Any], tuple[Any, ...]]:
    names = _names(record, without)
    read = attrgetter(*names)
    return read if len(names) > 1 else lambda one: (read(one),)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


# Made once: a record takes less time to encode than an encoder to be made.
ENCODER = json.JSONEncoder(default=_plain, sort_keys=True, ensure_ascii=True)
