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
from integrations.sync import forecasts, planner, runs
from integrations.sync.models import RunStream, StreamCursor
from integrations.sync.reconcile import apply, prepare
from integrations.sync.runner import ending, removal
from integrations.sync.runner.work import Work

# The client below has already retried each call; these are further goes after the other pages were read.
TRIES = 3

NOTHING: tuple[None, None] = (None, None)

type Place = dict[str, Any]  # {"partition": ..., "cursor": ..., "tries": int}


def next_of(work: Work, streams: list[RunStream]) -> RunStream:
    """Whose turn it is, of the streams still to be read, given in reading order: listings are read side by side.

    The first that need not wait for a page; else the one whose page comes first. A worker that is closing only
    takes in the pages that are on their way.
    """
    # Contact by contact comes last, even where a fallback stands first: a listing is there within seconds.
    listed = [stream for stream in streams if not stream.by_contact]
    if not listed:
        return streams[0]
    wanted = [stream for stream in listed if _may_be_read(work, stream, listed)]
    for stream in wanted:
        _ask_ahead(work, stream, stream.places or [])
    coming = {stream.stream: work.pages.get(_next_key(stream), NOTHING)[1] for stream in wanted}
    if not work.is_closing and None in coming.values():
        return next(stream for stream in wanted if coming[stream.stream] is None)
    wait(filter(None, coming.values()), return_when=FIRST_COMPLETED)
    here = (stream for stream in wanted if (page := coming[stream.stream]) and page.done())
    return next(here, wanted[0])


def _may_be_read(work: Work, stream: RunStream, waiting: list[RunStream]) -> bool:
    """What is cut into partitions starts at the oldest contact, so it waits until all contacts were read."""
    before_contacts = any(other.stream == "contacts" for other in waiting)
    return work.streams[stream.stream].is_plain or not before_contacts


def _next_key(stream: RunStream) -> tuple[str, str]:
    places = [_place({})] if stream.places is None else stream.places
    return _key(stream.stream, places[0]) if places else (stream.stream, "")


def step(work: Work, stream: RunStream) -> None:
    """Open the stream, or read its next page, or, once all are read, see what is gone."""
    if stream.places is None:
        _open(work, stream)
    elif stream.places:
        _read(work, stream)
    elif planner.reads_everything(work.streams[stream.stream], work.run.kind) and not stream.reason:
        removal.step(work, stream)
    else:
        ending.finish(work, stream)


def _open(work: Work, stream: RunStream) -> None:
    if not work.has_begun:
        _begin_together(work)
    now = work.clock()
    is_plain = work.streams[stream.stream].is_plain
    contacts = 0 if is_plain else Contact.objects.filter(connection=work.run.connection_id).count()
    since = now if is_plain else _since(work, stream, now)
    parts = work.reader.partitions(stream.stream, since=since, now=now, span=planner.span(contacts, now - since))
    if not is_plain:
        _forecast(work, _tasks_known(work))
        work.partitions_ahead = planner.partitions_ahead(contacts)
    with work.commit(stream):
        stream.places = [_place(part) for part in parts]
        stream.state = RunStream.State.RUNNING
        if len(parts) > 1:
            stream.total = None


def _since(work: Work, stream: RunStream, now: datetime) -> datetime:
    """From when on a partitioned stream is read: the oldest contact, or the recent past."""
    if work.streams[stream.stream].recent_only and work.run.kind == "incremental":
        return now - planner.RECENT
    contacts = Contact.objects.filter(connection=work.run.connection_id)
    oldest: datetime | None = contacts.aggregate(oldest=Min("added_at"))["oldest"]
    return oldest or now - timedelta(days=365)


def _changed_since(work: Work) -> Callable[[str], datetime | None]:
    """From when on each stream is read, None for all of it; one query for all streams."""
    cursors = StreamCursor.objects.filter(connection=work.run.connection_id)
    watermarks = dict(cursors.values_list("stream", "watermark"))
    return lambda key: planner.changed_since(work.streams[key], work.run.kind, watermarks.get(key))


def _read(work: Work, stream: RunStream) -> None:
    """One page; the pages after it are asked for before it is written, and the place moves with its last rows."""
    place, *later = stream.places or []
    asked_at, answer = _answer(work, stream, place)
    if isinstance(answer, AuthLost | NotPermitted | RateLimited):
        raise answer  # not about one page
    places = _next_places(stream, place, later, answer)
    _ask_ahead(work, stream, places)
    page = answer if isinstance(answer, Page) else Page(())
    if planner.reads_everything(work.streams[stream.stream], work.run.kind):
        work.see(stream, page.shown_ids)
    rest, doubtful = work.store_most(stream, page.records, asked_at)
    last = prepare(rest)
    with work.commit(stream) as counters:
        applied, doubted = apply(work.batch(stream, asked_at=asked_at), last, page.bad)
        counters.add(applied)
        stream.places = places
        stream.read += len(page.records) + len(page.bad)
        stream.total = page.total if page.total is not None else stream.total
    work.confirm(stream, doubtful + doubted)


def _answer(work: Work, stream: RunStream, place: Place) -> tuple[datetime, Page | SyncError]:
    """The page of a place, and when it was asked for: by now if nobody has yet."""
    key = _key(stream.stream, place)
    if key not in work.pages:
        _ask(work, stream.stream, place, _changed_since(work)(stream.stream))
    asked_at, answer = work.pages.pop(key)
    return asked_at, answer.result()


def _ask_ahead(work: Work, stream: RunStream, places: list[Place]) -> None:
    """Let the next pages come while this one is written; few, because they are held in memory."""
    ahead = planner.PAGES_AHEAD if work.streams[stream.stream].is_plain else work.partitions_ahead
    near = [place for place in places[:ahead] if _key(stream.stream, place) not in work.pages]
    if near and not work.is_closing:
        since = _changed_since(work)(stream.stream)
        for place in near:
            _ask(work, stream.stream, place, since)


def _begin_together(work: Work) -> None:
    """Ask for the first page of every plain listing at once: one after the other, each would cost its latency."""
    work.has_begun = True
    waiting = work.run.streams.filter(state=RunStream.State.WAITING, by_contact=False)
    since = _changed_since(work)
    for stream in waiting:
        if work.streams[stream.stream].is_plain:
            _ask(work, stream.stream, _place({}), since(stream.stream))
    _forecast_early(work)


def _ask(work: Work, key: str, place: Place, since: datetime | None) -> None:
    def page(place: Place) -> Page:
        return work.reader.page(key, partition=place["partition"], cursor=place["cursor"], changed_since=since)

    asked_at, (answer,) = work.clock(), work.readers.begin(page, [place])
    work.pages[_key(key, place)] = asked_at, answer


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


def _forecast_early(work: Work) -> None:
    """Say what the run will cost from what the first pages tell, before the sweep begins."""
    pages = {
        key: page for (key, _), (_, answer) in work.pages.items() if isinstance(page := answer.result(), Page)
    }
    contacts = pages.get("contacts")
    if contacts is None or contacts.total is None:
        return
    told: dict[str, Any] = {
        key: len(page.records)
        for key, page in pages.items()
        if key in ("tasks", "users", "businesses", "calendars") and page.cursor is None
    }
    if work.run.kind == "full":
        added = [
            record.added_at for record in contacts.records if isinstance(record, ContactRecord) and record.added_at
        ]
        told |= {"contacts": contacts.total, "oldest": min(added, default=None)}
    _forecast(work, told)


def _tasks_known(work: Work) -> dict[str, Any]:
    """How many tasks there are, while this run is still reading them: what it has read by now are not all."""
    if not work.run.streams.filter(stream="tasks").exclude(state__in=runs.SETTLED).exists():
        return {}
    before = Task.objects.present().filter(connection=work.run.connection_id).exclude(fetched_by_run=work.run.pk)
    return {"tasks": before.count() or None}


def _forecast(work: Work, told: dict[str, Any]) -> None:
    """Say it from the cache and from what was `told`; again once all contacts are known."""
    run = work.run
    work.run.forecast = forecasts.forecast(
        run.connection, kind=run.kind, trigger=run.trigger, now=work.clock(), **told
    )
