"""One step of a stream that has a listing: one page, then one transaction, with the next pages on their way."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, wait
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min

from integrations.activity.kinds.contact import ContactRecord
from integrations.activity.models import Contact, Task
from integrations.connections.ports import AuthLost, NotPermitted, Page, RateLimited, SyncError, Transient
from integrations.sync import planner, runs
from integrations.sync.models import RunStream, StreamCursor
from integrations.sync.pull import deletions, finish, forecast
from integrations.sync.pull.context import RunContext
from integrations.sync.reconcile import apply, prepare

# The client below has already retried each call; these are further goes after the other pages were read.
TRIES = 3

NOTHING: tuple[None, None] = (None, None)

type Place = dict[str, Any]  # {"partition": ..., "cursor": ..., "tries": int}


def next_of(context: RunContext, streams: list[RunStream]) -> RunStream:
    """Whose turn it is, of the streams still to be read, given in reading order: listings are read side by side.

    The first that need not wait for a page; else the one whose page comes first. A worker that is closing only
    takes in the pages that are on their way.
    """
    # Contact by contact comes last, even where a fallback stands first: a listing is there within seconds.
    listed = [stream for stream in streams if not stream.by_contact]
    if not listed:
        return streams[0]
    wanted = [stream for stream in listed if _may_be_read(context, stream, listed)]
    for stream in wanted:
        _ask_ahead(context, stream, stream.places or [])
    coming = {stream.stream: context.pages.get(_next_key(stream), NOTHING)[1] for stream in wanted}
    if not context.is_closing and None in coming.values():
        return next(stream for stream in wanted if coming[stream.stream] is None)
    wait(filter(None, coming.values()), return_when=FIRST_COMPLETED)
    here = (stream for stream in wanted if (page := coming[stream.stream]) and page.done())
    return next(here, wanted[0])


def _may_be_read(context: RunContext, stream: RunStream, waiting: list[RunStream]) -> bool:
    """What is cut into partitions starts at the oldest contact, so it waits until all contacts were read."""
    before_contacts = any(other.stream == "contacts" for other in waiting)
    return context.streams[stream.stream].is_plain or not before_contacts


def _next_key(stream: RunStream) -> tuple[str, str]:
    places = [_place({})] if stream.places is None else stream.places
    return _key(stream.stream, places[0]) if places else (stream.stream, "")


def step(context: RunContext, stream: RunStream) -> None:
    """Open the stream, or read its next page, or, once all are read, see what is gone."""
    if stream.places is None:
        _open(context, stream)
    elif stream.places:
        _read(context, stream)
    elif planner.reads_everything(context.streams[stream.stream], context.run.kind) and not stream.reason:
        deletions.step(context, stream)
    else:
        finish.finish(context, stream)


def _open(context: RunContext, stream: RunStream) -> None:
    if not context.has_begun:
        _begin_together(context)
    now = context.clock()
    is_plain = context.streams[stream.stream].is_plain
    contacts = 0 if is_plain else Contact.objects.filter(connection=context.run.connection_id).count()
    since = now if is_plain else _since(context, stream, now)
    parts = context.reader.partitions(
        stream.stream, since=since, now=now, span=planner.span(contacts, now - since)
    )
    if not is_plain:
        _forecast(context, _tasks_known(context))
        context.partitions_ahead = planner.partitions_ahead(contacts)
    with context.commit(stream):
        stream.places = [_place(part) for part in parts]
        stream.state = RunStream.State.RUNNING
        if len(parts) > 1:
            stream.total = None


def _since(context: RunContext, stream: RunStream, now: datetime) -> datetime:
    """From when on a partitioned stream is read: the oldest contact, or the recent past."""
    if context.streams[stream.stream].recent_only and context.run.kind == "incremental":
        return now - planner.RECENT
    contacts = Contact.objects.filter(connection=context.run.connection_id)
    oldest: datetime | None = contacts.aggregate(oldest=Min("added_at"))["oldest"]
    return oldest or now - timedelta(days=365)


def _changed_since(context: RunContext) -> Callable[[str], datetime | None]:
    """From when on each stream is read, None for all of it; one query for all streams."""
    cursors = StreamCursor.objects.filter(connection=context.run.connection_id)
    watermarks = dict(cursors.values_list("stream", "watermark"))
    return lambda key: planner.changed_since(context.streams[key], context.run.kind, watermarks.get(key))


def _read(context: RunContext, stream: RunStream) -> None:
    """One page; the pages after it are asked for before it is written, and the place moves with its last rows."""
    place, *later = stream.places or []
    asked_at, answer = _answer(context, stream, place)
    if isinstance(answer, AuthLost | NotPermitted | RateLimited):
        raise answer  # not about one page
    places = _next_places(stream, place, later, answer)
    _ask_ahead(context, stream, places)
    page = answer if isinstance(answer, Page) else Page(())
    if planner.reads_everything(context.streams[stream.stream], context.run.kind):
        context.see(stream, page.shown_ids)
    rest, doubtful = context.store_most(stream, page.records, asked_at)
    last = prepare(rest)
    with context.commit(stream) as counters:
        applied, doubted = apply(context.batch(stream, asked_at=asked_at), last, page.bad)
        counters.add(applied)
        stream.places = places
        stream.read += len(page.records) + len(page.bad)
        stream.total = page.total if page.total is not None else stream.total
    context.confirm(stream, doubtful + doubted)


def _answer(context: RunContext, stream: RunStream, place: Place) -> tuple[datetime, Page | SyncError]:
    """The page of a place, and when it was asked for: by now if nobody has yet."""
    key = _key(stream.stream, place)
    if key not in context.pages:
        _ask(context, stream.stream, place, _changed_since(context)(stream.stream))
    asked_at, answer = context.pages.pop(key)
    return asked_at, answer.result()


def _ask_ahead(context: RunContext, stream: RunStream, places: list[Place]) -> None:
    """Let the next pages come while this one is written; few, because they are held in memory."""
    ahead = planner.PAGES_AHEAD if context.streams[stream.stream].is_plain else context.partitions_ahead
    near = [place for place in places[:ahead] if _key(stream.stream, place) not in context.pages]
    if near and not context.is_closing:
        since = _changed_since(context)(stream.stream)
        for place in near:
            _ask(context, stream.stream, place, since)


def _begin_together(context: RunContext) -> None:
    """Ask for the first page of every plain listing at once: one after the other, each would cost its latency."""
    context.has_begun = True
    waiting = context.run.streams.filter(state=RunStream.State.WAITING, by_contact=False)
    since = _changed_since(context)
    for stream in waiting:
        if context.streams[stream.stream].is_plain:
            _ask(context, stream.stream, _place({}), since(stream.stream))
    _forecast_early(context)


def _ask(context: RunContext, key: str, place: Place, since: datetime | None) -> None:
    def page(place: Place) -> Page:
        return context.reader.page(key, partition=place["partition"], cursor=place["cursor"], changed_since=since)

    asked_at, (answer,) = context.clock(), context.readers.begin(page, [place])
    context.pages[_key(key, place)] = asked_at, answer


def _place(partition: Mapping[str, Any]) -> Place:
    return {"partition": partition, "cursor": None, "tries": 0}


def _key(stream: str, place: Place) -> tuple[str, str]:
    return stream, json.dumps(place, sort_keys=True)


def _next_places(stream: RunStream, place: Place, later: list[Place], answer: Page | SyncError) -> list[Place]:
    """What is still to read: the rest of this partition first, a page that failed once more at the end."""
    if isinstance(answer, Page):
        following = {**place, "cursor": dict(answer.cursor), "tries": 0} if answer.cursor is not None else None
        return [following, *later] if following else later
    if isinstance(answer, Transient) and place["tries"] + 1 < TRIES:
        return [*later, {**place, "tries": place["tries"] + 1}]
    # The rest of the stream is still worth reading; it ends as failed, with this reason.
    stream.reason, stream.detail = str(answer), answer.detail
    return later


def _forecast_early(context: RunContext) -> None:
    """Say what the run will cost from what the first pages tell, before the sweep begins."""
    pages = {
        key: page for (key, _), (_, answer) in context.pages.items() if isinstance(page := answer.result(), Page)
    }
    contacts = pages.get("contacts")
    if contacts is None or contacts.total is None:
        return
    told: dict[str, Any] = {
        key: len(page.records)
        for key, page in pages.items()
        if key in ("tasks", "users", "businesses", "calendars") and page.cursor is None
    }
    if context.run.kind == "full":
        added = [
            record.added_at for record in contacts.records if isinstance(record, ContactRecord) and record.added_at
        ]
        told |= {"contacts": contacts.total, "oldest": min(added, default=None)}
    _forecast(context, told)


def _tasks_known(context: RunContext) -> dict[str, Any]:
    """How many tasks there are, while this run is still reading them: what it has read by now are not all."""
    if not context.run.streams.filter(stream="tasks").exclude(state__in=runs.SETTLED).exists():
        return {}
    before = (
        Task.objects.present().filter(connection=context.run.connection_id).exclude(fetched_by_run=context.run.pk)
    )
    return {"tasks": before.count() or None}


def _forecast(context: RunContext, told: dict[str, Any]) -> None:
    """Say it from the cache and from what was `told`; again once all contacts are known."""
    run = context.run
    context.run.forecast = forecast.forecast(
        run.connection, kind=run.kind, trigger=run.trigger, now=context.clock(), **told
    )
