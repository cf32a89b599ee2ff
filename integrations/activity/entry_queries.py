"""The queries of a timeline, each built once for every combination of filters that readers use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, DateTimeField, F, Func, Q, QuerySet, TextField
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from integrations.activity.asked import Cursor, Filters
from integrations.activity.kinds import NAMED, appointment, note
from integrations.activity.models import ActivityEntry, Contact, Spelled
from integrations.prepared import Param, Prepared

MOST_WORDS = 8
KEPT = 512
CONTACT, PLACE_ID = Param("contact", BigIntegerField()), Param("place_id", BigIntegerField())
NOW, PLACE_AT = Param("now", DateTimeField()), Param("place_at", DateTimeField())
KIND, ACTOR = Param("kind", CharField()), Param("actor", CharField())
WORDS = [Param(f"word{number}", TextField()) for number in range(MOST_WORDS)]
type Rows = Prepared[tuple[Any, ...]]


class Entry(NamedTuple):
    """The columns of `ActivityEntry` of the same names: a page reads fifty of them, and models cost twice."""

    pk: int
    kind: str
    type: str
    source_id: int | None
    remote_id: str
    occurred_at: datetime
    agenda_at: datetime | None
    is_open: bool
    actor_remote_id: str
    title: str
    body: str
    facts: dict[str, Any]
    changed_at: datetime | None
    fetched_at: datetime | None
    run_id: int | None


@dataclass(frozen=True, slots=True)
class Shape:
    """What filters ask about, whatever they ask for, and whether the list goes on behind a place."""

    by_kind: bool = False
    by_actor: bool = False
    words: int = 0
    has_place: bool = False


def shape_of(filters: Filters, after: Cursor | None = None) -> Shape:
    """The shape of a query under these filters."""
    return Shape(filters.kind in NAMED, bool(filters.actor), len(_words(filters)), after is not None)


def values_of(contact: Contact, filters: Filters, after: Cursor | None = None) -> dict[str, Any]:
    """What fills a query of that shape."""
    values: dict[str, Any] = {"contact": contact.pk, "kind": filters.kind, "actor": filters.actor}
    values |= {param.name: word for param, word in zip(WORDS, _words(filters), strict=False)}
    return values | ({"place_at": after.occurred_at, "place_id": after.entry_id} if after else {})


def entries(query: Rows, values: dict[str, Any], **more: Any) -> list[Entry]:
    """The rows of one of the queries below."""
    return [Entry(*row) for row in query(**values, **more)]


@lru_cache(maxsize=KEPT)
def past(shape: Shape, size: int) -> Rows:
    """What happened until `now`, newest first."""
    found = filtered(shape).filter(is_open=False, occurred_at__lte=NOW)
    if shape.has_place:
        # The first condition alone bounds the walk along the index; the second drops what was shown.
        found = found.filter(occurred_at__lte=PLACE_AT).filter(Q(occurred_at__lt=PLACE_AT) | Q(id__lt=PLACE_ID))
    return _rows(found.order_by("-occurred_at", "-id"), size)


@lru_cache(maxsize=KEPT)
def to_do(shape: Shape, size: int) -> Rows:
    """Open tasks, the most pressing first."""
    return _rising(filtered(shape).filter(agenda_at__isnull=False), "agenda_at", shape, size)


@lru_cache(maxsize=KEPT)
def ahead(shape: Shape, size: int) -> Rows:
    """What else comes after `now`."""
    return _rising(filtered(shape).filter(is_open=False, occurred_at__gt=NOW), "occurred_at", shape, size)


@lru_cache(maxsize=KEPT)
def pinned(size: int) -> Rows:
    """Pinned notes, newest first."""
    found = filtered(Shape()).filter(Spelled(F("type"), [note.PINNED]))
    return _rows(found.order_by("-occurred_at", "-id"), size)


@lru_cache(maxsize=1)
def next_meeting() -> Rows:
    """The first appointment after `now` that nobody has called off."""
    found = ActivityEntry.objects.filter(contact=CONTACT, kind=appointment.KIND.name, occurred_at__gt=NOW)
    return _rows(found.filter(type=appointment.BOOKED).order_by("occurred_at", "id"), 1)


@lru_cache(maxsize=KEPT)
def hits(shape: Shape, size: int) -> Rows:
    """(key, kind) of the newest that fit, past or not."""
    return Prepared(filtered(shape).order_by("-occurred_at", "-id").values_list("pk", "kind")[:size])


@lru_cache(maxsize=KEPT)
def count_to_do(shape: Shape) -> Prepared[int]:
    """How many open tasks there are."""
    return _count(filtered(shape).filter(agenda_at__isnull=False))


@lru_cache(maxsize=1)
def count_late() -> Prepared[int]:
    """How many of them were due before `now`."""
    return _count(filtered(Shape()).filter(agenda_at__lt=NOW))


@lru_cache(maxsize=KEPT)
def count_ahead(shape: Shape) -> Prepared[int]:
    """How much else comes after `now`."""
    return _count(filtered(shape).filter(is_open=False, occurred_at__gt=NOW))


def filtered(shape: Shape) -> QuerySet[ActivityEntry]:
    """A contact's entries under filters of this shape."""
    found = ActivityEntry.objects.filter(contact=CONTACT)
    if shape.by_kind:
        found = found.filter(kind=KIND)
    if shape.by_actor:
        found = found.filter(actor_remote_id=ACTOR)
    for word in WORDS[: shape.words]:
        # Faster than LIKE, which folds the case of what is in lower case already.
        found = found.filter(GreaterThan(StrIndex("text", word), 0))
    return found


def _rising(found: QuerySet[ActivityEntry], column: str, shape: Shape, size: int) -> Rows:
    """In rising order, behind the place if there is one; the first condition alone bounds the walk."""
    if shape.has_place:
        found = found.filter(**{f"{column}__gte": PLACE_AT})
        found = found.filter(Q(**{f"{column}__gt": PLACE_AT}) | Q(id__gt=PLACE_ID))
    return _rows(found.order_by(column, "id"), size)


def _rows(found: QuerySet[ActivityEntry], size: int) -> Rows:
    return Prepared(found.values_list(*Entry._fields)[:size])


def _count(found: QuerySet[ActivityEntry]) -> Prepared[int]:
    # Not the aggregate, which would count by groups of what is selected beside it.
    number = Func("pk", function="COUNT", output_field=BigIntegerField())
    return Prepared(found.order_by().values_list(number, flat=True))


def _words(filters: Filters) -> list[str]:
    return filters.text.lower().split()[:MOST_WORDS]
