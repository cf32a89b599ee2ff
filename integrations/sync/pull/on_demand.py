"""Reads single things out of turn: claim a handful, ask for all side by side, store them, let the requests go.

What asked for it (a page that was opened, a webhook) is only a hint: the provider is asked, and its answer is
what enters the cache.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from django.conf import settings

from integrations.activity.kinds import MODELS
from integrations.activity.records import Record
from integrations.connections import registry
from integrations.connections.ports import (
    Absent,
    Lane,
    NotPermitted,
    Permanent,
    Reader,
    SyncError,
    Transient,
)
from integrations.sync import calls, queue
from integrations.sync.models import FetchRequest, StreamCursor
from integrations.sync.pull import fetch, requests
from integrations.sync.pull.parallel import Parallel
from integrations.sync.pull.persist import PersistHeld
from integrations.sync.queue import Clock

log = structlog.get_logger(__name__)
CHILDREN = ("tasks", "appointments", "notes", "opportunities", "messages")
# Contacts first: what hangs on them finds them there.
ORDER = ("businesses", "contacts", *CHILDREN)
# A search index lags behind what has just been made: so often it is asked before a thing counts as not there.
SEARCHES = 4


@dataclass(slots=True)
class Found:
    """What asking for one row brought: records of each stream, the keys of cached rows that are gone, and the
    streams that the provider does not let us read."""

    records: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    gone: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, NotPermitted] = field(default_factory=dict)


type Question = Callable[[], Found]


def fetch_due(connection_id: int, *, clock: Clock | None = None) -> int:
    """Read what is due in one connection, a handful at once. Returns how many rows were looked at."""
    clock = clock or queue.clock()
    rows = requests.claim(connection_id, clock())
    if not rows:
        return 0
    held = FetchRequest.objects.held_by(rows[0].lease_owner)
    try:
        provider = registry.provider(rows[0].connection.provider)
        with closing(provider.reader(rows[0].connection, Lane(rows[0].lane))) as reader:
            try:
                with queue.heartbeat(lambda: held.keep(clock())):
                    _read_all(rows, reader, lambda: held.keep(clock()), clock)
            finally:
                calls.keep_of([reader], connection_id)
    except queue.LeaseLost:
        log.info("a reading was taken over or purged", connection=connection_id)
    except SyncError as error:
        for row in rows:
            requests.after_error(row, error, clock())
    return len(rows)


def _read_all(rows: list[FetchRequest], reader: Reader, hold: Callable[[], None], clock: Clock) -> None:
    asked_at = clock()
    questions = _questions(rows, reader)
    asked = [(row, question) for row in rows for question in questions[row.pk]]
    answers: list[Found | SyncError] = []
    if asked:
        with closing(Parallel(min(settings.SYNC_PARALLEL_READS, len(asked)))) as readers:
            answers = readers.gather(lambda question: question(), [question for _, question in asked])
    errors = {
        row.pk: answer for (row, _), answer in zip(asked, answers, strict=True) if isinstance(answer, SyncError)
    }
    refused = _refused([(row, answer) for (row, _), answer in zip(asked, answers, strict=True)])
    persist = PersistHeld(rows[0].connection, clock, hold, partial(_again, reader))
    found = [answer for answer in answers if isinstance(answer, Found)]
    for stream in ORDER:
        persist.store_all(stream, [record for one in found for record in one.records[stream]], asked_at)
        if gone := [pk for one in found for pk in one.gone[stream]]:
            persist.remove_all(stream, gone)
    for row in rows:
        if row.pk in errors:
            requests.after_error(row, errors[row.pk], clock())
        elif row.pk in refused:
            requests.after_refusal(row, refused[row.pk], clock())
    requests.let_go([row for row in rows if row.pk not in errors.keys() | refused.keys()], clock())


def _refused(answers: Sequence[tuple[FetchRequest, Found | SyncError]]) -> dict[int, dict[str, NotPermitted]]:
    """{request: {stream: why it could not be read}}"""
    found: dict[int, dict[str, NotPermitted]] = defaultdict(dict)
    for row, answer in answers:
        if isinstance(answer, Found) and answer.refused:
            found[row.pk] |= answer.refused
    return found


def _again(reader: Reader, stream: str, doubtful: Sequence[Record]) -> list[Record | SyncError]:
    """Known as removed, yet shown: only a direct question may bring it back. There are few of these.

    Raises what else went wrong: then all of it is read once more.
    """
    answers = list[Record | SyncError]()
    for record in doubtful:
        try:
            answers.append(
                reader.one(stream, record.remote_id, getattr(record, "contact_remote_id", record.remote_id))
            )
        except Absent as error:
            log.info("a listing still shows what is gone", stream=stream)
            answers.append(error)
    return answers


def _questions(rows: Sequence[FetchRequest], reader: Reader) -> dict[int, list[Question]]:
    """{request: what it comes to}: one question, or one for the contact and one for each of its listings.

    None for a stream that is switched off: whoever hints at it does not know.
    """
    connection_id = rows[0].connection_id
    cursors = list(StreamCursor.objects.filter(connection=connection_id).values_list("stream", "state", "is_on"))
    off = {stream for stream, _, is_on in cursors if not is_on}
    refused = {stream for stream, state, _ in cursors if state == StreamCursor.State.REFUSED}
    questions: dict[int, list[Question]] = {
        row.pk: [partial(_one, row, reader)] if row.stream not in off else [] for row in rows
    }
    whole = [row for row in rows if row.with_children and questions[row.pk]]
    streams, ids = registry.streams(rows[0].connection.provider), [row.remote_id for row in whole]
    for stream in CHILDREN if whole else ():
        if stream in off | refused or stream not in streams:
            continue
        known = {} if streams[stream].latest_of_contact else fetch.held_of(connection_id, stream, ids)
        for row in whole:
            questions[row.pk].append(partial(_listing, row, reader, stream, known.get(row.remote_id, {})))
    return questions


def _one(row: FetchRequest, reader: Reader) -> Found:
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


def _contact_of(row: FetchRequest, cached: Any) -> str:
    """Whose it is, as far as anybody knows: a search must not decide about what can be asked for directly."""
    if row.stream not in ("tasks", "notes"):
        return row.contact_remote_id or row.remote_id
    known = row.contact_remote_id or cached.values_list("contact_remote_id", flat=True).first()
    if row.stream == "notes" and not known:
        raise Permanent(
            "The webhook did not say which contact this note belongs to. The next sync of notes finds it."
        )
    return known or ""


def _searched(row: FetchRequest, reader: Reader) -> Record:
    """A search lags, either way: what it does not show may exist, and what it shows is asked for itself."""
    try:
        found = reader.find(row.stream, row.remote_id, row.words)
    except Absent as error:
        if row.attempts >= SEARCHES:
            raise Permanent("The search did not show this record. The next sync reads it if it exists.") from error
        raise Transient("The search does not show this record yet. Trying again.") from error
    return reader.one(row.stream, row.remote_id, getattr(found, "contact_remote_id", ""))


def _listing(row: FetchRequest, reader: Reader, stream: str, held: fetch.Held) -> Found:
    found = Found()
    try:
        listed = fetch.of_contact(reader, stream, row.remote_id, held)
    except Absent:
        return found  # the question for the contact itself says whether it is gone
    except NotPermitted as error:  # what else there is of the contact is current all the same
        found.refused[stream] = error
        return found
    for bad in listed.page.bad:  # each stays as it is, and the next sync says why
        log.info("not understood, or not confirmed as gone", stream=stream, reason=bad.reason)
    found.records[stream] += listed.page.records
    found.gone[stream] += listed.gone
    return found
