"""Decides what was said when with one contact: threads around what happened, each by one channel."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from integrations.sandbox.seed.moments import MINUTE
from integrations.sandbox.seed.outline import Beat, Outline

# Of twenty threads.
_CHANNELS = ("sms",) * 8 + ("call",) * 5 + ("email",) * 4 + ("whatsapp",) * 2 + ("chat",)
_TOLD = 0.45  # of the moments that somebody also wrote a note about
_OUTCOMES = ("completed",) * 6 + ("no-answer",) * 2 + ("voicemail", "busy")


class Said(NamedTuple):
    """One message before it has words; of a call how it ended, and after how many seconds."""

    at: int
    channel: str
    inbound: bool
    stage: str
    work: int
    outcome: str = ""
    seconds: int = 0


def said(rng: Random, story: Outline, now: int, count: int | None = None) -> list[Said]:
    """Everything said in a story, oldest first; `count` of it where an even world was asked for."""
    if count is not None:
        return list(_even(story, now, count))
    found = [one for beat in story.notes if rng.random() < _TOLD for one in _thread(rng, beat)]
    return sorted(one for one in found if one.at < now)


def _thread(rng: Random, beat: Beat) -> Iterator[Said]:
    """A handful of messages within an hour or two, before somebody wrote the note about them."""
    channel = _CHANNELS[int(rng.random() * len(_CHANNELS))]
    inbound = rng.random() < 0.5
    if channel == "call":
        yield from _calls(rng, beat, inbound=inbound)
        return
    length = 1 + int(rng.random() ** 2 * (3 if channel == "email" else 7))
    at = beat.at - (length * 12 + 3) * MINUTE
    for _ in range(length):
        yield Said(at, channel, inbound, beat.stage, beat.work)
        at += 1 + int(rng.random() * 12 * MINUTE)
        # Now and then somebody writes twice before the other answers.
        inbound = inbound if rng.random() < 0.2 else not inbound


def _calls(rng: Random, beat: Beat, *, inbound: bool) -> Iterator[Said]:
    """A call; one that nobody took is followed by a text, and then by a call that somebody did."""
    outcome = _OUTCOMES[int(rng.random() * len(_OUTCOMES))]
    seconds = int(40 + rng.expovariate(1 / 240)) if outcome == "completed" else 18 if outcome == "voicemail" else 0
    yield Said(beat.at - 40 * MINUTE, "call", inbound, beat.stage, beat.work, outcome, seconds)
    if outcome != "completed":
        yield Said(beat.at - 30 * MINUTE, "sms", not inbound, beat.stage, beat.work)
        yield Said(beat.at - 9 * MINUTE, "call", not inbound, beat.stage, beat.work, "completed", 95)


def _even(story: Outline, now: int, count: int) -> Iterator[Said]:
    """The same number for everybody, every fifth an e-mail, spread over the time since the contact came."""
    step = max(1, (now - story.added) // (count + 1))
    for number in range(count):
        channel = "email" if number % 5 == 4 else "sms"
        yield Said(story.added + (number + 1) * step, channel, number % 2 == 0, "care", number)
