"""Decides what a run reads, in which order, and what it will cost. Pure: no clock, no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.sync.streams import BY_KEY, STREAMS, Stream

FULL_EVERY = timedelta(hours=24)
RETRY_FULL_AFTER = timedelta(hours=1)
# A change can reach the provider's search index late; reading this far back again costs a page, not a record.
OVERLAP = timedelta(minutes=5)
# How far back an incremental run looks for moved appointments; older ones are read by the next full run.
RECENT = timedelta(days=30)
BATCH_OF_CONTACTS = 50
PAGES_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is known of a workspace's size; None where nothing was counted yet."""

    contacts: int | None = None
    tasks: int | None = None
    partitions: int = 0
    notes_due: int = 0


def next_kind(*, last_full_at: datetime | None, now: datetime) -> str:
    """A full run when none has succeeded for a day, else only the changes."""
    return "full" if last_full_at is None or now - last_full_at >= FULL_EVERY else "incremental"


def streams_of(kind: str, states: Mapping[str, str]) -> list[Stream]:
    """The streams of a run in reading order. A refused stream is tried again by full runs only."""
    if kind == "full":
        return list(STREAMS)
    return [stream for stream in STREAMS if not stream.full_only and states.get(stream.key) != "refused"]


def changed_since(stream: str, kind: str, watermark: datetime | None) -> datetime | None:
    """From when on to read, or None to read everything."""
    if kind == "full" or not BY_KEY[stream].incremental or watermark is None:
        return None
    return watermark - OVERLAP


def reads_everything(stream: str, kind: str) -> bool:
    """True when the listing of this stream is complete, so that what it does not show may be gone."""
    spec = BY_KEY[stream]
    return spec.detects_removal and (kind == "full" or not (spec.incremental or spec.recent_only))


def forecast(sizes: Sizes, *, page_size: int = 500, kind: str = "full") -> int | None:
    """Requests a run will make, or None while nothing is known of the contacts.

    One for each small listing, a page per 500 contacts and tasks, one per calendar and year, one for the notes of
    each contact to be read. Until tasks were counted, two a contact are assumed.
    """
    if sizes.contacts is None:
        return None
    small = sum(1 for stream in STREAMS if stream.full_only) + 1 if kind == "full" else 1
    tasks = sizes.tasks if sizes.tasks is not None else 2 * sizes.contacts
    notes = sizes.contacts if kind == "full" else sizes.notes_due
    contact_pages = _pages(sizes.contacts, page_size) if kind == "full" else 1
    return small + contact_pages + _pages(tasks, page_size) + sizes.partitions + notes


def _pages(rows: int, page_size: int) -> int:
    return max(1, -(-rows // page_size))


def outcome(states: Iterable[tuple[str, str]]) -> str:
    """How a run ended, from (stream, state) pairs: done, partial or failed. Partial success looks partial."""
    pairs = list(states)
    if all(state == "done" for _, state in pairs):
        return "done"
    required_lost = any(BY_KEY[stream].required and state != "done" for stream, state in pairs)
    return "failed" if required_lost else "partial"
