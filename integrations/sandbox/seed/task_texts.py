"""Titles and bodies of tasks, and titles and notes of appointments, by stage of the story."""

from collections.abc import Mapping
from random import Random

from integrations.sandbox.seed.note_texts import pick, sentence_case
from integrations.sandbox.seed.wordlists import phrases, sections

_TITLES, _BODIES = sections("task_titles"), phrases("task_bodies")
_MEETINGS = sections("meeting_titles")
_STEPS = "<p>Steps:</p><ul><li>Call {first}</li><li>Write to {colleague}</li><li>Update {reference}</li></ul>"
# The calendar that fits each stage, by its place in company._CALENDARS.
CALENDAR_OF_STAGE = {
    "enquiry": 0,
    "call": 0,
    "survey": 1,
    "quote": 2,
    "chase": 2,
    "decision": 3,
    "works": 3,
    "handover": 3,
    "care": 4,
    "lost": 0,
}


def task_title(rng: Random, stage: str, slots: Mapping[str, str]) -> str:
    return sentence_case(pick(rng, _TITLES[stage]).format_map(slots))


def task_body(rng: Random, slots: Mapping[str, str]) -> str | None:
    """Two tasks in three have a body, some with two sentences."""
    if rng.random() < 0.34:
        return None
    # HTML stands alone: mixed into plain text it would look like a mistake.
    if rng.random() < 0.07:
        return _STEPS.format_map(slots)
    lines = rng.sample(_BODIES, 2 if rng.random() < 0.4 else 1)
    return " ".join(sentence_case(line.format_map(slots)) for line in lines)


def meeting_title(rng: Random, stage: str, slots: Mapping[str, str]) -> str:
    return sentence_case(pick(rng, _MEETINGS[stage]).format_map(slots))


def meeting_notes(rng: Random, slots: Mapping[str, str]) -> str | None:
    return sentence_case(pick(rng, _BODIES[:8]).format_map(slots)) if rng.random() < 0.45 else None
