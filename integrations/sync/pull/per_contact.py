"""One step of a stream that is read contact by contact: many at once, then as few transactions as they fit in."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from integrations.activity.models import Contact
from integrations.activity.records import BadRecord, Record
from integrations.connections.ports import Absent, AuthLost, NotPermitted, Page, RateLimited, SyncError
from integrations.sync import drift, planner, rolling_refresh
from integrations.sync.models import RunStream, SyncRun
from integrations.sync.pull import fetch, finish
from integrations.sync.pull.context import RunContext
from integrations.sync.reconcile import apply, failures, prepare, record_failures, remove
from integrations.sync.statements import contacts_read, contacts_silent
from integrations.sync.upsert import MOST_AT_ONCE

# Records and contacts in one transaction: fewer than of a listing, since each contact is marked as well.
PART = MOST_AT_ONCE


class ContactKey(NamedTuple):
    """The contact to ask for; the whole row with its payload would be read for nothing."""

    pk: int
    remote_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What asking for one contact brought: its records, or why not; `gone` items were confirmed one by one."""

    contact: ContactKey
    page: Page | None = None
    error: SyncError | None = None
    gone: tuple[int, ...] = ()
    contact_is_gone: bool = False

    @property
    def records(self) -> Sequence[Record]:
        return self.page.records if self.page else ()


@dataclass(frozen=True, slots=True)
class Asked:
    """Contacts whose answers are on their way."""

    stream: str
    contacts: list[ContactKey]
    asked_at: datetime
    answers: list[Future[Answer | SyncError]]


def step(context: RunContext, stream: RunStream) -> None:
    """Read the next contacts, those with the latest activity first; finish when none is left.

    The batch after this one is asked for before this one is settled: a request that could leave and does not is
    lost for good, since the budget forgets it.
    """
    asked, context.ahead = context.ahead or _begin(context, stream), None
    if not asked.contacts:
        finish.finish(context, stream)
        return
    if not context.is_closing:
        context.ahead = _begin(context, stream, after=asked)
    settled = [
        _settle(contact, answer.result()) for contact, answer in zip(asked.contacts, asked.answers, strict=True)
    ]
    _raise_refusal(settled)
    _take_in(context, stream, asked, settled)


def _begin(context: RunContext, stream: RunStream, after: Asked | None = None) -> Asked:
    """Ask for the notes (or whatever the stream is) of the contacts that come after another batch."""
    if stream.total is None:
        stream.total = rolling_refresh.total(*_asked_for(context, stream))
    contacts = _next(context, stream, [contact.pk for contact in after.contacts] if after else [])
    held = fetch.held_of(context.run.connection_id, stream.stream, [contact.remote_id for contact in contacts])
    asked_at = context.clock()
    answers = context.readers.begin(
        lambda contact: _ask(context, stream, contact, held.get(contact.remote_id, {})), contacts
    )
    return Asked(stream.stream, contacts, asked_at, answers)


def _next(context: RunContext, stream: RunStream, under_way: list[int]) -> list[ContactKey]:
    """The contacts of the next batch. They are looked up for many batches at once, which sorts them all."""
    waiting = context.due.setdefault(stream.stream, deque())
    if not waiting:
        unasked = rolling_refresh.in_line(
            *_asked_for(context, stream), under_way=under_way, most=planner.CONTACTS_IN_LINE
        )
        waiting.extend(ContactKey(*row) for row in unasked.values_list("pk", "remote_id"))
    return [waiting.popleft() for _ in range(min(len(waiting), _size(context)))]


def _size(context: RunContext) -> int:
    """Few at a time while the provider's limit sets the pace, so that people see progress; else ever more."""
    now = time.monotonic()
    is_quick = now - context.begun_at < planner.QUICK_BATCH
    context.begun_at = now
    context.batch_size = (
        min(2 * context.batch_size, planner.MOST_CONTACTS) if is_quick else planner.BATCH_OF_CONTACTS
    )
    return context.batch_size


def _take_in(context: RunContext, stream: RunStream, asked: Asked, settled: list[Answer]) -> None:
    # What is gone comes last: by then its things may have turned up under the contact that it was merged into.
    for part in _parts(sorted(settled, key=lambda answer: answer.contact_is_gone or bool(answer.gone))):
        records = [record for answer in part for record in answer.records]
        bad = [record for answer in part if answer.page for record in answer.page.bad]
        rest, doubted_before = context.store_most(stream, records, asked.asked_at)
        last = prepare(rest)
        with context.commit(stream) as counters:
            # Before what is bad now is kept.
            read = [answer.contact.remote_id for answer in part if not answer.error]
            failures.resolve_of_contacts(context.run.connection_id, [stream.stream], read, context.clock())
            applied, doubted = apply(context.batch(stream, asked_at=asked.asked_at), last, bad)
            counters.add(applied)
            context.remove(stream, counters, [pk for answer in part for pk in answer.gone])
            counters.failed += _note_failures(context, stream, part)
            _mark(context, stream, asked.asked_at, part)
            stream.read += len(part)
            stream.state = RunStream.State.RUNNING
        context.confirm(stream, doubted_before + doubted)


def _parts(answers: list[Answer]) -> Iterator[list[Answer]]:
    """Answers that one transaction can take, which marks their contacts as well; one alone may hold more."""
    part, weight = list[Answer](), 0
    for answer in answers:
        if part and weight + len(answer.records) + 1 > PART:
            yield part
            part, weight = [], 0
        part.append(answer)
        weight += len(answer.records) + 1
    yield part


def _asked_for(context: RunContext, stream: RunStream) -> tuple[QuerySet[Contact], RunStream, SyncRun, bool]:
    contacts = Contact.objects.present().filter(connection=context.run.connection_id)
    return contacts, stream, context.run, finish.has_fallen_back(context, stream)


def _ask(context: RunContext, stream: RunStream, contact: ContactKey, held: fetch.Held) -> Answer:
    try:
        listed = fetch.of_contact(context.reader, stream.stream, contact.remote_id, held)
    except Absent:
        return _ask_for_contact(context, contact)
    return Answer(contact, listed.page, gone=listed.gone)


def _ask_for_contact(context: RunContext, contact: ContactKey) -> Answer:
    """A listing that says the contact is not there is no proof; the contact itself is asked for."""
    try:
        context.reader.one("contacts", contact.remote_id, contact.remote_id)
    except Absent:
        return Answer(contact, contact_is_gone=True)
    return Answer(contact, page=Page(()))


def _settle(contact: ContactKey, answer: Answer | SyncError) -> Answer:
    return Answer(contact, error=answer) if isinstance(answer, SyncError) else answer


def _raise_refusal(answers: list[Answer]) -> None:
    """What is true for all: sign-in lost, budget spent, or a refusal that every contact met, being several."""
    for answer in answers:
        if isinstance(answer.error, AuthLost | RateLimited):
            raise answer.error
    refusals = [answer.error for answer in answers if isinstance(answer.error, NotPermitted)]
    if len(refusals) == len(answers) > 1:
        raise max(refusals, key=lambda error: error.is_certain)


def _note_failures(context: RunContext, stream: RunStream, answers: list[Answer]) -> int:
    silent = [
        BadRecord(
            remote_id="",
            contact_remote_id=answer.contact.remote_id,
            reason=f"{context.streams[stream.stream].label} of this contact could not be read. {answer.error}",
            detail=answer.error.detail,
        )
        for answer in answers
        if answer.error
    ]
    record_failures(context.batch(stream), silent)
    return len(silent)


def _mark(context: RunContext, stream: RunStream, asked_at: datetime, answers: list[Answer]) -> None:
    """Write down which contacts were asked; those that did not answer stay due for the next run."""
    _remove_contacts(context, [answer.contact.pk for answer in answers if answer.contact_is_gone])
    answered = [answer.contact.pk for answer in answers if answer.page]
    silent = [answer.contact.pk for answer in answers if answer.error]
    # Whoever answers lives on by itself: what looked like a merge was none.
    contacts_read(answered, [stream.stream], asked_at=asked_at, now=context.clock())
    contacts_silent(silent, stream.stream, now=context.clock())


def _remove_contacts(context: RunContext, gone: list[int]) -> None:
    context.count_notifiable("contacts", drift.names_of(Contact, gone))
    remove(Contact, gone, context.clock())
