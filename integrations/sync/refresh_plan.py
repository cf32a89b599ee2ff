"""Decides how many contacts a stream without a listing reads again at a tick. Pure: no clock, no database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

DAY = timedelta(days=1)
# A minute at the usual limit, so that no change waits long behind them.
AT_MOST = 500
# Each age is aimed at a little early: a reading waits for its tick and for those ahead of it in the run.
AIM = Fraction(19, 20)
TICK = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Group:
    """Contacts of one kind that were read before, and the age by which each of them is read again."""

    contacts: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Shares:
    """How many contacts of each group are read again now, those first that were read longest ago."""

    active: int
    quiet: int


def plan(
    active: Group, quiet: Group, *, waiting: int = 0, left: int | None, last: datetime, now: datetime
) -> Shares:
    """Share out what a tick may read. `waiting` contacts are due already: they changed, or could not be read.

    `left` is what remains of the day's budget, None where there is none, and `last` the tick before. Where it does
    not suffice, each group is sure of half: neither waits for ever behind the other.
    """
    for_active, for_quiet = (share(group, last=last, now=now) for group in (active, quiet))
    if left is None:
        return Shares(for_active, for_quiet)
    room = room_for(left, last=last, now=now)
    for_quiet = min(for_quiet, max(room - waiting - for_active, room // 2))
    return Shares(max(0, min(for_active, room - for_quiet - waiting)), for_quiet)


def room_for(left: int, *, last: datetime, now: datetime) -> int:
    """How many contacts may be read at a tick: an even part of what is left until the day ends, in UTC.

    What a tick does not use is shared out among all that follow it, so that no hour uses up the day.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = max(last, midnight)
    return max(0, left * ((now - since) // TICK) // ((midnight + DAY - since) // TICK))


def share(group: Group, *, last: datetime, now: datetime) -> int:
    """How many of a group are due for their age alone, so that all of them are read within that age.

    The shares of a cycle add up to everybody exactly, however short the ticks: each is the difference of two whole
    numbers.
    """
    # In whole microseconds: a span times a hundred thousand contacts is more than a timedelta holds.
    cycle = int(group.within // TICK * AIM)
    until, since = (group.contacts * ((moment - EPOCH) // TICK) // cycle for moment in (now, last))
    return max(0, min(until - since, group.contacts, AT_MOST))
