"""What has to be asked for each row, and what the answers are; nothing is stored here."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from integrations.activity.kinds import MODELS
from integrations.activity.records import Record
from integrations.connections.ports import (
    Absent,
    AuthLost,
    NotPermitted,
    Permanent,
    RateLimited,
    Reader,
    SyncError,
    Transient,
)
from integrations.sync.models import Refetch, StreamCursor

log = structlog.get_logger(__name__)
CHILDREN = ("tasks", "appointments", "notes")
# A search index lags behind what has just been made: so often it is asked before a thing counts as not there.
SEARCHES = 4


@dataclass(slots=True)
class Found:
    """What asking for one row brought: records of each stream, and the keys of cached rows that are gone."""

    records: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    gone: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class Closed:
    """Streams that are not read in a connection: refused by the provider, or switched off by an admin."""

    refused: set[str]
    off: set[str]


def parts(
    row: Refetch, reader: Reader, closed: Closed, held: dict[tuple[str, str], dict[str, int]]
) -> list[Callable[[], Found]]:
    """The questions that a row comes to: one, or one for the contact and one for each of its listings.

    None for a stream that is switched off: whoever hints at it does not know.
    """
    if row.stream in closed.off:
        return []
    if not row.with_children:
        return [partial(_one, row, reader)]
    children = [name for name in CHILDREN if name not in closed.off | closed.refused]
    listings = [partial(_listing, row, reader, name, held.get((name, row.remote_id), {})) for name in children]
    return [partial(_one, row, reader), *listings]


def _one(row: Refetch, reader: Reader) -> Found:
    found = Found()
    cached = MODELS[row.stream]._default_manager.filter(connection=row.connection_id, remote_id=row.remote_id)
    contact_id = _contact_of(row, cached)
    try:
        record = reader.one(row.stream, row.remote_id, contact_id) if contact_id else _searched(row, reader)
    except Absent:
        found.gone[row.stream] += list(cached.values_list("pk", flat=True))
    else:
        found.records[row.stream].append(record)
    return found


def _contact_of(row: Refetch, cached: Any) -> str:
    """Whose it is, as far as anybody knows: a search must not decide about what can be asked for directly."""
    if row.stream not in ("tasks", "notes"):
        return row.contact_remote_id or row.remote_id
    known = row.contact_remote_id or cached.values_list("contact_remote_id", flat=True).first()
    if row.stream == "notes" and not known:
        raise Permanent("Nobody said whose note this is, and it is not in the cache; a sync of notes finds it.")
    return known or ""


def _searched(row: Refetch, reader: Reader) -> Record:
    """A search lags, either way: what it does not show may exist, and what it shows is asked for itself."""
    try:
        found = reader.find(row.stream, row.remote_id, row.words)
    except Absent as error:
        if row.attempts >= SEARCHES:
            raise Permanent("The search does not show this; the next sync reads it if it is there.") from error
        raise Transient("The search does not show this yet; it is tried again.") from error
    return reader.one(row.stream, row.remote_id, getattr(found, "contact_remote_id", ""))


def _listing(row: Refetch, reader: Reader, stream: str, cached: dict[str, int]) -> Found:
    """All of one stream of a contact; what is cached and not shown is asked for before it counts as gone."""
    found = Found()
    try:
        page = reader.of_contact(stream, row.remote_id)
    except (Absent, NotPermitted):
        return found  # the question for the contact itself says whether it is gone; a sync notes the refusal
    found.records[stream] += page.records
    for remote_id in cached.keys() - page.shown_ids:
        try:
            found.records[stream].append(reader.one(stream, remote_id, row.remote_id))
        except Absent:
            found.gone[stream].append(cached[remote_id])
        except (AuthLost, RateLimited):
            raise
        except SyncError as error:  # about this one alone: it stays, and the next sync says why
            log.info("not listed, not confirmed as gone", stream=stream, reason=str(error))
    return found


def guarded(part: Callable[[], Found]) -> Found | SyncError:
    try:
        return part()
    except SyncError as error:
        return error
    except Exception as error:
        log.exception("refetch failed")
        return Permanent("An internal error stopped the reading of this.", detail=type(error).__name__)


def closed_in(connection_id: int) -> Closed:
    cursors = StreamCursor.objects.filter(connection=connection_id)
    rows = list(cursors.values_list("stream", "state", "is_on"))
    refused = {stream for stream, state, _ in rows if state == StreamCursor.State.REFUSED}
    return Closed(refused, {stream for stream, _, is_on in rows if not is_on})


def held_of(rows: Sequence[Refetch]) -> dict[tuple[str, str], dict[str, int]]:
    """What we hold of the contacts that are read whole: {(stream, contact id): {remote id: key}}."""
    held: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    if not rows:
        return held
    for stream in CHILDREN:
        model: Any = MODELS[stream]
        mine = model._default_manager.filter(
            connection=rows[0].connection_id,
            contact_remote_id__in=[row.remote_id for row in rows],
            deleted_at=None,
        )
        for contact_id, remote_id, pk in mine.values_list("contact_remote_id", "remote_id", "pk"):
            held[stream, contact_id][remote_id] = pk
    return held
