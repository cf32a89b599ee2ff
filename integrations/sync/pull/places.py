"""What of a listing is still to read, as a row keeps it: the next place first. Pure."""

import json
from collections.abc import Mapping
from typing import Any, TypeGuard

from integrations.connections.ports import NotPermitted, Page, SyncError, Transient
from integrations.sync.models import RunStream

# The client below has already retried each call; these are further goes after the other pages were read.
TRIES = 3

type Place = dict[str, Any]  # {"partition": ..., "cursor": ..., "tries": int}


def place_of(partition: Mapping[str, Any]) -> Place:
    return {"partition": partition, "cursor": None, "tries": 0}


def key_of(stream: str, place: Place) -> tuple[str, str]:
    return stream, json.dumps(place, sort_keys=True)


def following(stream: RunStream, place: Place, later: list[Place], answer: Page | SyncError) -> list[Place]:
    """What is still to read: the rest of this partition first, a page that failed once more at the end.

    Behind that comes what is refused for good: its contacts are asked instead, once the rest was read.
    """
    refused = refused_of(later)
    later = later[: len(later) - len(refused)]
    found, is_refused = _after_answer(stream, place, later, answer)
    return [*found, *refused, *([{**place, "refused": str(answer)}] if is_refused else [])]


def _after_answer(
    stream: RunStream, place: Place, later: list[Place], answer: Page | SyncError
) -> tuple[list[Place], bool]:
    """(what is still to read, whether this place is refused for good and belongs to a part of its own)"""
    if isinstance(answer, Page):
        following = {**place, "cursor": dict(answer.cursor), "tries": 0} if answer.cursor is not None else None
        return ([following, *later] if following else later), False
    if isinstance(answer, Transient | NotPermitted) and place["tries"] + 1 < TRIES:
        return [*later, {**place, "tries": place["tries"] + 1}], False
    stream.detail = answer.detail
    if place["partition"] and not isinstance(answer, Transient):
        return later, True
    # The rest of the stream is still worth reading; it ends as failed, with this reason.
    stream.reason = str(answer)
    return later, False


def refused_of(places: list[Place]) -> list[Place]:
    return [place for place in places if "refused" in place]


def is_refusal(answer: Page | SyncError, place: Place) -> TypeGuard[NotPermitted]:
    """Whether the whole listing is refused: for certain, or in each try of what is not one of many parts."""
    if not isinstance(answer, NotPermitted):
        return False
    return answer.is_certain or (place["tries"] + 1 >= TRIES and not place["partition"])
