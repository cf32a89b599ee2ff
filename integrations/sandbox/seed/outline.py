"""Decides what happened when with one contact: how many items, at which moments, at which stage of the story."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from integrations.sandbox.seed.moments import DAY, MINUTE, Almanac
from integrations.sandbox.seed.task_texts import CALENDAR_OF_STAGE

GIANT, EMPTY = 7, 11  # the numbers of the contact with 2,000 items and of the one with nothing at all
_GIANT_COUNTS = (700, 900, 400)
_FULL_PATH = ("enquiry", "call", "survey", "quote", "chase", "decision", "works", "handover", "care", "care")
# How far the latest piece of work got, and how many of twenty contacts are there.
_PATHS = (
    (2, ("enquiry",)),
    (2, ("enquiry", "call")),
    (3, ("enquiry", "call", "survey")),
    (4, ("enquiry", "call", "survey", "quote", "chase")),
    (2, ("enquiry", "call", "survey", "quote", "chase", "decision", "works")),
    (4, _FULL_PATH),
    (3, ("enquiry", "call", "survey", "quote", "chase", "lost")),
)
_PATH_DRAW = [path for weight, path in _PATHS for _ in range(weight)]
_PATHS_OF_A_MONTH = [path for path in _PATH_DRAW if len(path) <= 3]
_PATHS_OF_A_QUARTER = [path for path in _PATH_DRAW if len(path) <= 6]
_ITEMS_PER_WORK = 14


class Beat(NamedTuple):
    """A note: when, and at which stage of which piece of work."""

    at: int
    stage: str
    work: int


class Job(NamedTuple):
    """A task; `done` is the moment of completion, 0 while it is open."""

    added: int
    due: int
    done: int
    stage: str
    work: int


class Meeting(NamedTuple):
    """An appointment; `calendar` counts from 0."""

    added: int
    start: int
    minutes: int
    calendar: int
    stage: str
    work: int
    recurring: bool


@dataclass(slots=True)
class Outline:
    """The skeleton of one contact's story; the texts are filled in only when somebody asks."""

    added: int
    path: tuple[str, ...]
    notes: list[Beat]
    tasks: list[Job]
    meetings: list[Meeting]
    works: int

    def last_moment(self, now: int) -> int:
        """The latest thing that already happened."""
        moments = [beat.at for beat in self.notes[-1:]] + [job.done or job.added for job in self.tasks[-1:]]
        moments += [meeting.added for meeting in self.meetings[-1:]]
        return min(max([self.added, *moments]), now - 1)


@dataclass(frozen=True, slots=True)
class Shape:
    """How much hangs on a contact: an even count for benchmarks, or nature's variance; `lean` for large worlds.

    `even` counts notes, tasks, appointments and, where they are named, deals and messages.
    """

    even: tuple[int, ...] | None = None
    lean: bool = False

    def counts(self, rng: Random, number: int, *, has_giant: bool) -> tuple[int, int, int]:
        """Notes, tasks and appointments of the contact with this number."""
        if self.even:
            return self.even[0], self.even[1], self.even[2]
        # One contact in each sub-account has nothing: empty pages must look good too.
        if number == EMPTY:
            return 0, 0, 0
        if number == GIANT and has_giant:
            return _GIANT_COUNTS
        if self.lean:
            return int(rng.random() * 5), int(rng.random() * 5), int(rng.random() * 2)
        # Lognormal: most have about a dozen items, a few have forty, as in a real book of customers.
        total = min(38, max(4, round(rng.lognormvariate(2.35, 0.62))))
        notes = max(1, round(total * rng.uniform(0.3, 0.58)))
        tasks = max(1, round((total - notes) * rng.uniform(0.45, 0.8)))
        return notes, tasks, max(0, total - notes - tasks)

    def deals(self, number: int) -> int | None:
        """How many deals the contact with this number has, None for as many as its story tells of."""
        if self.even:
            return (*self.even, 0, 0)[3]
        if number == EMPTY:
            return 0
        return int(number % 3 == 0) if self.lean else None

    def messages(self, number: int) -> int | None:
        """How many messages, in the same way."""
        if self.even:
            return (*self.even, 0, 0)[4]
        if number == EMPTY:
            return 0
        return number % 4 if self.lean else None


class _Course:
    """Where in time and in the story a fraction of the way lies."""

    def __init__(
        self, rng: Random, almanac: Almanac, path: tuple[str, ...], works: int, ages: tuple[float, float]
    ) -> None:
        self._rng, self._almanac, self._path, self._works = rng, almanac, path, works
        self._oldest, self._latest = ages
        self.added = almanac.happened(rng, self._oldest)

    def days_ago(self, way: float) -> float:
        # The power makes recent weeks denser than the first ones.
        return self._latest + (self._oldest - self._latest) * float((1 - way) ** 1.6)

    def moment(self, way: float) -> int:
        return max(self._almanac.happened(self._rng, self.days_ago(way)), self.added + MINUTE)

    def stage(self, way: float) -> tuple[str, int]:
        position = way * self._works
        work = int(position)
        # Only the latest piece of work can be unfinished; those before it went all the way.
        path = self._path if work == self._works - 1 else _FULL_PATH
        return path[int((position - work) * len(path))], work


def outline(rng: Random, almanac: Almanac, counts: tuple[int, int, int], minutes: Sequence[int]) -> Outline:
    """The skeleton for these counts; `minutes` are the usual lengths of the calendars."""
    notes, tasks, meetings = counts
    works = max(1, sum(counts) // _ITEMS_PER_WORK)
    ages = _ages(rng, works)
    # Nobody gets from an enquiry to a handover in two weeks.
    paths = _PATHS_OF_A_MONTH if ages[0] < 30 else _PATHS_OF_A_QUARTER if ages[0] < 90 else _PATH_DRAW
    path = paths[int(rng.random() * len(paths))]
    course = _Course(rng, almanac, path, works, ages)
    return Outline(
        course.added,
        path,
        sorted(_note(course, (number + rng.random()) / notes) for number in range(notes)),
        sorted(_task(rng, almanac, course, number, tasks) for number in range(tasks)),
        sorted(_meeting(rng, almanac, course, number, meetings, minutes) for number in range(meetings)),
        works,
    )


def _ages(rng: Random, works: int) -> tuple[float, float]:
    """Days since the contact came, and since anything happened: half are warm, some sleep for months."""
    oldest = 715.0 if works > 20 else 3 + 710 * rng.random() ** 1.5
    draw = rng.random()
    if draw < 0.55 or works > 20:
        latest = rng.expovariate(1 / 5)
    elif draw < 0.85:
        latest = rng.uniform(7, 90)
    else:
        latest = rng.uniform(60, 500)
    return oldest, min(latest, oldest * 0.9)


def _note(course: _Course, way: float) -> Beat:
    return Beat(course.moment(way), *course.stage(way))


def _task(rng: Random, almanac: Almanac, course: _Course, number: int, tasks: int) -> Job:
    way = (number + rng.random()) / tasks
    added = course.moment(way)
    ago = course.days_ago(way)
    # The last task of a warm contact is the next step: due soon, or a little late.
    is_next_step = number == tasks - 1 and ago < 40
    due = almanac.planned(rng, rng.uniform(-16, 6) if is_next_step else ago - rng.uniform(0.5, 9), 5)
    # Nobody plans into the past.
    due = max(due, added + 20 * MINUTE)
    return Job(added, due, _completion(rng, almanac, added, due), *course.stage(way))


def _completion(rng: Random, almanac: Almanac, added: int, due: int) -> int:
    """When the task was done, 0 for never: old ones nearly always, late ones mostly, future ones rarely."""
    late_days = (almanac.now - due) / DAY
    done_share = 0.985 if late_days > 45 else 0.8 if late_days > 12 else 0.45 if late_days > 0 else 0.1
    if rng.random() > done_share:
        return 0
    latest = min(due + int(rng.uniform(-1, 2) * DAY), almanac.now - MINUTE)
    return added + int(max(latest - added, MINUTE) * rng.uniform(0.35, 1))


def _meeting(
    rng: Random, almanac: Almanac, course: _Course, number: int, meetings: int, minutes: Sequence[int]
) -> Meeting:
    way = (number + rng.random()) / meetings
    stage, work = course.stage(way)
    ago = course.days_ago(way)
    calendar = CALENDAR_OF_STAGE[stage]
    ahead = number >= meetings - max(1, meetings // 60) and ago < 45 and rng.random() < 0.6
    start = almanac.planned(rng, rng.uniform(-27, -1) if ahead else max(ago, 1), 5)
    start += DAY * max(0, (course.added - start) // DAY + 1)  # nobody meets before the first contact
    booked = min(start, almanac.now) - int(rng.uniform(0.2, 12) * DAY)
    length = minutes[calendar] + 15 * int(rng.random() * 3)
    return Meeting(
        max(booked, course.added), start, length, calendar, stage, work, stage == "care" and rng.random() < 0.12
    )
