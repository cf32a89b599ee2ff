"""Walks contacts in the order of the next steps that `beside` shows for them, along indexes and as of a moment.

The order is that of the shown step's time, so a column read downwards never jumps. A contact whose open tasks are
all late stands first: nothing ahead of it will bring it up again. One with late tasks and a step ahead stands by
that step, which is what the column shows, with the number of late ones beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from operator import attrgetter
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull

from integrations.activity.kinds import appointment, task
from integrations.activity.models import ActivityEntry, Contact

FIRST = "occurred_at"


class Group(IntEnum):
    """Why a contact stands where it does; each group has an index to be walked along."""

    LATE = 0  # only late tasks: by the one that was due last, which the column shows
    AHEAD = 1  # by the first open task or meeting from the moment on
    SOME_DAY = 2  # a task without a due date comes next
    NONE = 3


RISING = tuple(Group)
# Who has none stands last either way: most have none, and the newest of them is the likeliest to need one.
FALLING = (Group.SOME_DAY, Group.AHEAD, Group.LATE, Group.NONE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contact stands. `row` tells equal times apart: the entry's id in AHEAD, elsewhere the contact's."""

    group: Group
    at: datetime | None
    row: int
    contact: int = 0


@dataclass(frozen=True, slots=True)
class Walk:
    """Contacts to walk, in no order yet: of a workspace with all its `connections`, or a few by their `ids`."""

    contacts: QuerySet[Contact]
    connections: Sequence[int] = ()
    ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """What a walk holds to: the moment that decides what is late, which way round, how many are read."""

    now: datetime
    is_turned: bool
    size: int


def first(walks: Sequence[Walk], order: Order, after: Place | None) -> list[Place]:
    """The first `size` behind `after`, over all walks. A query for each group that is reached, four at most."""
    found: list[Place] = []
    groups = FALLING if order.is_turned else RISING
    for group in groups[groups.index(after.group) if after else 0 :]:
        start = after if after and after.group == group else None
        parts = [part for walk in walks for part in _parts(group, walk, order, start)]
        found += _read(group, parts, order)
        if len(found) >= order.size:
            break
    return found[: order.size]


def _parts(group: Group, walk: Walk, order: Order, after: Place | None) -> Iterator[QuerySet[Any]]:
    """The first of one group, once for each walk along an index."""
    if group != Group.AHEAD:
        yield _behind(IN_GROUP[group](walk.contacts, order.now), group, order, after)[: order.size]
        return
    start = max(order.now, after.at) if after and after.at and not order.is_turned else order.now
    steps = _first_steps(order.now, start)
    if walk.ids:
        yield _behind(steps.filter(contact__in=walk.ids), group, order, after)[: order.size]
    for connection in walk.connections:
        # A value for each entry and no EXISTS, which PostgreSQL would join to all contacts that fit.
        one = Subquery(walk.contacts.filter(pk=OuterRef("contact_id")).values("pk"))
        theirs = steps.filter(IsNull(one, False), connection=connection)
        yield _behind(theirs, group, order, after)[: order.size]


def _first_steps(now: datetime, start: datetime) -> QuerySet[ActivityEntry]:
    """Entries from `start` on that are what comes first for their contact after `now`.

    An open task is dated by its due date, so both kinds stand in one order on the index of all that happened; what
    lies ahead there is little beside the past.
    """
    is_task = Q(is_open=True) & ~Q(agenda_at=task.SOME_DAY)
    is_meeting = Q(kind=appointment.KIND.name, type=appointment.BOOKED, occurred_at__gt=now)
    ahead = ActivityEntry.objects.filter(is_task | is_meeting, occurred_at__gte=start)
    here = {"contact": OuterRef("contact_id")}
    return ahead.filter(
        ~Exists(_sooner("agenda_at", _tasks(**here, agenda_at__gte=now))),
        ~Exists(_sooner(FIRST, _meetings(**here, occurred_at__gt=now))),
    )


def _sooner(column: str, steps: QuerySet[ActivityEntry]) -> QuerySet[ActivityEntry]:
    """Those that `beside` would rather show than the entry around."""
    bounded = steps.filter(**{f"{column}__lte": OuterRef(FIRST)})
    return bounded.filter(Q(**{f"{column}__lt": OuterRef(FIRST)}) | Q(pk__lt=OuterRef("pk")))


def _tasks(**which: Any) -> QuerySet[ActivityEntry]:
    return ActivityEntry.objects.filter(**which)


def _meetings(**which: Any) -> QuerySet[ActivityEntry]:
    return ActivityEntry.objects.filter(kind=appointment.KIND.name, type=appointment.BOOKED, **which)


def _meets(now: datetime, **until: datetime) -> Exists:
    return Exists(_meetings(contact=OuterRef("pk"), occurred_at__gt=now, **until))


def _late(contacts: QuerySet[Contact], now: datetime) -> QuerySet[Contact]:
    """The last due date needs no clock: once it has passed, all before it have."""
    return contacts.filter(~_meets(now), last_due_at__lt=now)


def _some_day(contacts: QuerySet[Contact], now: datetime) -> QuerySet[Contact]:
    mine = {"contact": OuterRef("pk")}
    dated = _tasks(**mine, agenda_at__gte=now, agenda_at__lt=task.SOME_DAY)
    return contacts.filter(
        Exists(_tasks(**mine, agenda_at=task.SOME_DAY)),
        ~Exists(dated),
        ~_meets(now, occurred_at__lt=task.SOME_DAY),
        last_due_at__gte=task.SOME_DAY,
    )


def _none(contacts: QuerySet[Contact], now: datetime) -> QuerySet[Contact]:
    return contacts.filter(~_meets(now), last_due_at=None)


IN_GROUP = {Group.LATE: _late, Group.SOME_DAY: _some_day, Group.NONE: _none}
COLUMNS: Mapping[Group, tuple[str, str, str]] = {
    Group.LATE: ("last_due_at", "pk", "pk"),
    Group.AHEAD: (FIRST, "pk", "contact_id"),
    Group.SOME_DAY: ("last_due_at", "pk", "pk"),
    Group.NONE: ("last_due_at", "pk", "pk"),
}


def _behind(found: QuerySet[Any], group: Group, order: Order, after: Place | None) -> QuerySet[Any]:
    """In the order of the group's index, from a place on."""
    column, *_ = COLUMNS[group]
    if group == Group.NONE:
        return (found.filter(pk__lt=after.row) if after else found).order_by("-pk")
    beyond, sign = ("lt", "-") if order.is_turned else ("gt", "")
    if after:
        # The first condition alone bounds the walk along the index; the second drops what was shown.
        found = found.filter(**{f"{column}__{beyond}e": after.at})
        found = found.filter(Q(**{f"{column}__{beyond}": after.at}) | Q(**{f"pk__{beyond}": after.row}))
    return found.order_by(sign + column, f"{sign}pk")


def _read(group: Group, parts: Sequence[QuerySet[Any]], order: Order) -> list[Place]:
    if not parts:
        return []
    columns = COLUMNS[group]
    rows: QuerySet[Any] = parts[0].values_list(*columns)
    if len(parts) > 1:
        # Each in the order of its index; a walk over all would sort everything that they have.
        each = [part.model._default_manager.filter(pk__in=part.values("pk")).order_by() for part in parts]
        firsts = [one.values_list(*columns) for one in each]
        rows = firsts[0].union(*firsts[1:], all=True)
    found = [Place(group, *row) for row in rows]
    if group == Group.NONE:
        return sorted(found, key=attrgetter("row"), reverse=True)[: order.size]
    return sorted(found, key=attrgetter("at", "row"), reverse=order.is_turned)[: order.size]
