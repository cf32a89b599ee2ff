"""Decides which deals a contact has: one for each of the latest pieces of work, as far as that has come."""

from random import Random
from typing import NamedTuple

from integrations.sandbox.seed.moments import MINUTE
from integrations.sandbox.seed.outline import Outline

MOST = 3
# A few stories have a piece of work that nobody ever wrote down as a deal.
_WRITTEN_DOWN = 0.8
_STAGE_OF = {
    "enquiry": "New enquiry",
    "call": "Qualified",
    "survey": "Survey done",
    "quote": "Quote sent",
    "chase": "Negotiation",
    "lost": "Negotiation",
}
STAGES = ("New enquiry", "Qualified", "Survey done", "Quote sent", "Negotiation", "Order placed")
CARE_STAGES = ("Offered", "Agreed", "Running")
PIPELINES = {"Roofing projects": STAGES, "Care plans": CARE_STAGES}


class DealPlan(NamedTuple):
    """A deal before it has words; `work` counts the contact's pieces of work."""

    work: int
    pipeline: str
    stage: str
    status: str
    added: int
    moved: int
    closed: int


def plans(rng: Random, story: Outline, now: int, count: int | None = None) -> list[DealPlan]:
    """The deals of a story, oldest first; `count` of them where an even world was asked for."""
    works = range(max(0, story.works - MOST), story.works) if count is None else range(count)
    drawn = [_plan(rng, story, work, now) for work in works if count is not None or rng.random() < _WRITTEN_DOWN]
    return sorted(drawn, key=lambda plan: (plan.added, plan.work))


def _plan(rng: Random, story: Outline, work: int, now: int) -> DealPlan:
    moments = [beat.at for beat in story.notes if beat.work == work] or [story.added]
    added, moved = min(moments), max(moments)
    # Of a piece of work that somebody goes on with nothing but the latest is open.
    path = story.path if work >= story.works - 1 else ("decision",)
    reached = path[-1]
    status = "lost" if reached == "lost" else "open" if reached in _STAGE_OF else "won"
    if status == "lost" and rng.random() < 0.2:
        status = "abandoned"
    if status == "won" and reached == "care" and rng.random() < 0.5:
        stage = CARE_STAGES[int(rng.random() * len(CARE_STAGES))]
        care = "won" if stage == "Running" else "open"
        return DealPlan(work, "Care plans", stage, care, added, moved, moved if care == "won" else added)
    stage = _STAGE_OF.get(reached, STAGES[-1])
    closed = min(now, moved + int(rng.random() * 90) * MINUTE) if status != "open" else added
    return DealPlan(work, "Roofing projects", stage, status, added, moved, closed)
