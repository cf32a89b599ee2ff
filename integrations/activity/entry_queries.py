"""The queries of a timeline, each built once for every combination of filters that readers use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, DateTimeField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, StrIndex
from django.db.models.lookups import GreaterThan

from integrations.activity.asked import Cursor, Filters
from integrations.activity.folding import folded
from integrations.activity.kinds import NAMED, ON_TIMELINES, appointment, change, note, opportunity, task
from integrations.activity.models import ActivityEntry, Contact, Spelled
from integrations.prepared import Param, Prepared

MOST_WORDS = 8
UNRANKED = "normal"  # a task whose row says nothing of a priority
KEPT = 512
CONTACT, PLACE_ID = Param("contact", BigIntegerField()), Param("place_id", BigIntegerField())
NOW, PLACE_AT = Param("now", DateTimeField()), Param("place_at", DateTimeField())
SINCE, UNTIL = Param("since", DateTimeField()), Param("until", DateTimeField())
KIND, ACTOR = Param("kind", CharField()), Param("actor", CharField())
PRIORITY, DUE = Param("priority", TextField()), Param("due_before", DateTimeField())
ASKED = ("kind", "actor", "priority", "due_before", "since", "until")
WORDS = [Param(f"word{number}", TextField()) for number in range(MOST_WORDS)]
# Of these nothing but an open task lies ahead.
NEVER_AHEAD = (task.KIND.name, note.KIND.name, opportunity.KIND.name, change.KIND.name)
# Named, so that an index leads past a thousand tasks that are due.
AHEAD = tuple(kind.name for kind in ON_TIMELINES if kind.name not in NEVER_AHEAD)
LENGTHS = (8, 64, 256)  # how many keys a query is asked with: statements are built once for each
KEYS = [Param(f"key{number}", BigIntegerField()) for number in range(LENGTHS[-1])]
NO_KEYS = {param.name: 0 for param in KEYS}
# Not the aggregate, which would count by groups of what is selected beside it.
NUMBER = Func("pk", function="COUNT", output_field=BigIntegerField())
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
    made_by_id: int | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What filters ask about, whatever they ask for, and whether the list goes on behind a place."""

    keys: int = 0
    by_kind: bool = False
    by_actor: bool = False
    by_priority: bool = False
    status: str = ""
    by_start: bool = False
    by_end: bool = False
    words: int = 0
    has_place: bool = False
    without_changes: bool = False


def shape_of(filters: Filters, after: Cursor | None = None) -> Shape:
    """The shape of a query under these filters."""
    kind: dict[str, Any] = {"by_kind": filters.kind in NAMED, "without_changes": filters.leaves_out_changes}
    if filters.hits is not None:
        fits = next(length for length in LENGTHS if length >= len(filters.hits))
        return Shape(keys=fits, has_place=after is not None, **kind)
    return Shape(
        by_actor=bool(filters.actor),
        by_priority=bool(filters.priority),
        status=filters.status,
        by_start=filters.since is not None,
        by_end=filters.until is not None,
        words=len(_words(filters)),
        has_place=after is not None,
        **kind,
    )


def values_of(contact: Contact, filters: Filters, after: Cursor | None = None) -> dict[str, Any]:
    """What fills a query of that shape."""
    values: dict[str, Any] = {"contact": contact.pk} | {name: getattr(filters, name) for name in ASKED}
    values |= {param.name: word for param, word in zip(WORDS, _words(filters), strict=False)}
    if filters.hits is not None:
        values |= NO_KEYS
        values |= {f"key{number}": key for number, key in enumerate(filters.hits)}
    return values | ({"place_at": after.occurred_at, "place_id": after.entry_id} if after else {})


@lru_cache(maxsize=KEPT)
def past(shape: Shape, size: int) -> Rows:
    """What happened until `now`, or before the place, newest first."""
    found = filtered(shape).filter(is_open=False)
    if shape.without_changes:
        found = found.filter(~Q(Spelled(F("type"), [change.FIELDS])))
    if not shape.has_place:
        return _rows(found.filter(occurred_at__lte=NOW).order_by("-occurred_at", "-id"), size)
    # The first condition bounds the walk along the index, as long as no other one on its column does: of two
    # SQLite takes the first, and walks from today. The second drops what was shown.
    found = found.filter(occurred_at__lte=PLACE_AT).filter(Q(occurred_at__lt=PLACE_AT) | Q(id__lt=PLACE_ID))
    return _rows(found.order_by("-occurred_at", "-id"), size)


@lru_cache(maxsize=KEPT)
def to_do(shape: Shape, size: int) -> Rows:
    """Open tasks that are due from `now` on, the most pressing first."""
    return _rising(filtered(shape), "agenda_at", shape, size)


@lru_cache(maxsize=KEPT)
def ahead(shape: Shape, size: int) -> Rows:
    """What else comes after `now` and has not been called off."""
    return _rising(filtered(shape, is_open=False).exclude(type=appointment.CANCELLED), "occurred_at", shape, size)


@lru_cache(maxsize=KEPT)
def called_off(shape: Shape, size: int) -> Rows:
    """Appointments after `now` that have been."""
    found = filtered(shape, kind=appointment.KIND.name, type=appointment.CANCELLED)
    return _rising(found, "occurred_at", shape, size)


@lru_cache(maxsize=KEPT)
def late(shape: Shape, size: int) -> Rows:
    """Open tasks whose due date has passed, or lies before the place, the latest first."""
    found = filtered(shape)
    if not shape.has_place:
        found = found.filter(agenda_at__lt=NOW)
    else:
        found = found.filter(agenda_at__lte=PLACE_AT).filter(Q(agenda_at__lt=PLACE_AT) | Q(id__lt=PLACE_ID))
    return _rows(found.order_by("-agenda_at", "-id"), size)


@lru_cache(maxsize=KEPT)
def pinned(shape: Shape, size: int) -> Rows:
    """Pinned notes, newest first."""
    found = filtered(shape).filter(Spelled(F("type"), [note.PINNED]))
    if shape.has_place:
        found = found.filter(occurred_at__lte=PLACE_AT).filter(Q(occurred_at__lt=PLACE_AT) | Q(id__lt=PLACE_ID))
    return _rows(found.order_by("-occurred_at", "-id"), size)


@lru_cache(maxsize=KEPT)
def open_deals(size: int) -> Rows:
    """Deals that are neither won nor lost, the latest first."""
    found = ActivityEntry.objects.filter(contact=CONTACT, kind=opportunity.KIND.name, type=opportunity.OPEN)
    return _rows(found.order_by("-occurred_at", "-id"), size)


@lru_cache(maxsize=1)
def next_meeting() -> Rows:
    """The first appointment after `now` that nobody has called off."""
    found = ActivityEntry.objects.filter(contact=CONTACT, kind=appointment.KIND.name, occurred_at__gt=NOW)
    return _rows(found.filter(type=appointment.BOOKED).order_by("occurred_at", "id"), 1)


@lru_cache(maxsize=KEPT)
def hits(shape: Shape, size: int) -> Rows:
    """(key, type) of the newest that fit, past or not."""
    return Prepared(filtered(shape).order_by("-occurred_at", "-id").values_list("pk", "type")[:size])


@lru_cache(maxsize=KEPT)
def sizes(shape: Shape, *, has_kept: bool) -> Prepared[tuple[str, int]]:
    """How many entries `to_do`, `ahead`, `late` and `called_off` have, each beside its name.

    Without `to_do` where the number of open tasks is kept: counting a thousand takes a millisecond.
    """
    coming = filtered(shape, kind__in=AHEAD, is_open=False, occurred_at__gt=NOW)
    parts = {
        "ahead": coming.exclude(type=appointment.CANCELLED),
        "late": filtered(shape).filter(agenda_at__lt=NOW),
        "off": coming.filter(kind=appointment.KIND.name, type=appointment.CANCELLED),
    }
    if not has_kept:
        parts["to_do"] = filtered(shape).filter(agenda_at__gte=NOW)
    first, *rest = (_counted(found, name) for name, found in parts.items())
    return Prepared(first.union(*rest, all=True))


@lru_cache(maxsize=1)
def count_late() -> Prepared[int]:
    """How many open tasks were due before `now`."""
    return Prepared(filtered(Shape()).filter(agenda_at__lt=NOW).order_by().values_list(NUMBER, flat=True))


def filtered(shape: Shape, **columns: Any) -> QuerySet[ActivityEntry]:
    """A contact's entries with these columns, under filters of this shape."""
    if shape.keys:  # of this contact, and found under all other filters
        keys: list[Any] = [*KEYS[: shape.keys]]
        found = ActivityEntry.objects.filter(pk__in=keys)
    else:
        found = ActivityEntry.objects.filter(contact=CONTACT)
    if shape.by_kind:
        found = found.filter(kind=KIND)
    if shape.by_actor:
        found = found.filter(actor_remote_id=ACTOR)
    if shape.by_priority:
        ranked = Coalesce(KeyTextTransform("priority", "facts"), Value(UNRANKED), output_field=TextField())
        found = found.filter(kind=task.KIND.name).alias(ranked=ranked).filter(ranked=PRIORITY)
    if shape.status:
        found = found.filter(kind=task.KIND.name, is_open=shape.status != task.IS_COMPLETED)
    if shape.status == task.OVERDUE:
        found = found.filter(agenda_at__lt=DUE)
    if shape.by_start:
        found = found.filter(occurred_at__gte=SINCE)
    if shape.by_end:
        found = found.filter(occurred_at__lt=UNTIL)
    found = found.filter(**columns)
    for word in WORDS[: shape.words]:  # last, as SQLite looks at conditions in their order
        # Faster than LIKE, which folds the case of what is folded already.
        found = found.filter(GreaterThan(StrIndex("text", word), 0))
    return found


def _rising(found: QuerySet[ActivityEntry], column: str, shape: Shape, size: int) -> Rows:
    """From `now` on, or behind the place, in rising order; the first condition alone bounds the walk."""
    # What is due this moment is not late yet; what takes place this moment has begun.
    start = f"{column}__gt" if column == "occurred_at" and not shape.has_place else f"{column}__gte"
    found = found.filter(**{start: PLACE_AT if shape.has_place else NOW})
    if shape.has_place:
        found = found.filter(Q(**{f"{column}__gt": PLACE_AT}) | Q(id__gt=PLACE_ID))
    return _rows(found.order_by(column, "id"), size)


def _rows(found: QuerySet[ActivityEntry], size: int) -> Rows:
    return Prepared(found.values_list(*Entry._fields)[:size])


def _counted(found: QuerySet[ActivityEntry], name: str) -> QuerySet[Any, Any]:
    return found.order_by().values_list(Value(name, output_field=CharField()), NUMBER)


def _words(filters: Filters) -> list[str]:
    return folded(filters.text).split()[:MOST_WORDS]
