"""The questions that are put to the provider, and what their answers mean; nothing is stored here.

A listing that does not show something is no proof that it is gone: it is asked for by itself first.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from integrations.activity.kinds import MODELS
from integrations.activity.models import RemoteObject
from integrations.activity.records import BadRecord, Record
from integrations.connections.ports import Absent, AuthLost, NotPermitted, Page, RateLimited, Reader, SyncError
from integrations.sync import raw
from integrations.sync.pull.parallel import Parallel

HELD = (
    "SELECT contact_remote_id, remote_id, id FROM {table}"
    " WHERE connection_id = %s AND contact_remote_id IN ({marks}) AND deleted_at IS NULL"
)

type Held = Mapping[str, int]  # {remote id: key} of what is cached


@dataclass(frozen=True, slots=True)
class Listed:
    """Everything of one stream of one contact, and the keys of cached rows that are confirmed to be gone."""

    page: Page
    gone: tuple[int, ...] = ()


def of_contact(reader: Reader, stream: str, contact_id: str, held: Held) -> Listed:
    """A contact's listing; what is cached and not shown is asked for before it counts as gone."""
    page = reader.of_contact(stream, contact_id)
    gone, alive, open_ones = list[int](), list[Record](), list[BadRecord]()
    for remote_id in held.keys() - page.shown_ids:
        try:
            alive.append(reader.one(stream, remote_id, contact_id))
        except Absent:
            gone.append(held[remote_id])
        except (AuthLost, RateLimited):
            raise
        except SyncError as error:  # about this one alone: the listing counts all the same
            open_ones.append(unconfirmed(remote_id, contact_id, error))
    if alive or open_ones:
        page = replace(page, records=[*page.records, *alive], bad=[*page.bad, *open_ones])
    return Listed(page, tuple(gone))


def held_of(connection_id: int, stream: str, contact_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """What we hold of contacts in a stream: {contact's remote id: {remote id: key}}, in one query."""
    held: dict[str, dict[str, int]] = defaultdict(dict)
    if not contact_ids:
        return held
    statement = HELD.format(table=raw.table(MODELS[stream]), marks=raw.marks(len(contact_ids)))
    with raw.cursor() as cursor:
        cursor.execute(statement, [connection_id, *contact_ids])
        for contact_id, remote_id, pk in cursor.fetchall():
            held[contact_id][remote_id] = pk
    return held


def each(
    readers: Parallel, reader: Reader, stream: str, things: Sequence[Record | RemoteObject]
) -> list[Record | SyncError]:
    """A direct question for each of these, side by side; an error is an answer, too."""
    return readers.gather(
        lambda thing: reader.one(stream, thing.remote_id, getattr(thing, "contact_remote_id", "")), things
    )


def unanswered(asked: Sequence[Record | RemoteObject], answers: Sequence[object]) -> list[BadRecord]:
    """A failure for each thing that was asked for directly and is neither there nor gone for certain."""
    return [
        unconfirmed(thing.remote_id, getattr(thing, "contact_remote_id", ""), answer)
        for thing, answer in zip(asked, answers, strict=True)
        if isinstance(answer, SyncError) and not isinstance(answer, Absent)
    ]


def unconfirmed(remote_id: str, contact_id: str, error: SyncError) -> BadRecord:
    """What had to be asked for directly and did not answer: it stays as we last saw it, and the run says why."""
    is_refused = isinstance(error, NotPermitted)
    reason = (
        f"This request is not permitted. {error}"
        if is_refused
        else f"It is not clear whether this record still exists. {error}"
    )
    return BadRecord(remote_id=remote_id, reason=reason, contact_remote_id=contact_id, detail=error.detail)
