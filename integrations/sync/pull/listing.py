"""One step of a stream that has a listing: one page, then one transaction, with the next pages on their way."""

from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min

from integrations.activity.kinds.contact import ContactRecord
from integrations.activity.models import Contact, Task
from integrations.connections.ports import AuthLost, Page, RateLimited, SyncError
from integrations.sync import planner, runs
from integrations.sync.models import RunStream
from integrations.sync.pull import deletions, finish, forecast
from integrations.sync.pull.context import RunContext
from integrations.sync.pull.places import Place, following, is_refusal, key_of, place_of, refused_of
from integrations.sync.reconcile import apply, prepare

NOTHING: tuple[None, None] = (None, None)


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
    places = [place_of({})] if stream.places is None else stream.places
    return key_of(stream.stream, places[0]) if places else (stream.stream, "")


def step(context: RunContext, stream: RunStream) -> None:
    """Open the stream, or read its next page, or, once all are read, see what is gone."""
    if stream.places is None:
        _open(context, stream)
    elif stream.places and (refused := refused_of(stream.places)) == stream.places:
        finish.fall_back(context, stream, " ".join(dict.fromkeys(place["refused"] for place in refused)))
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
    is_whole = not (context.streams[stream.stream].recent_only and context.run.kind == "incremental")
    since = now if is_plain else _oldest(context, now) if is_whole else now - planner.RECENT
    parts = context.reader.partitions(
        stream.stream, since=since, now=now, span=planner.span(contacts, now - since), is_whole=is_whole
    )
    if not is_plain:
        _forecast(context, _tasks_known(context))
        context.partitions_ahead = planner.partitions_ahead(contacts)
    with context.commit(stream):
        stream.places = [place_of(part) for part in parts]
        stream.state = RunStream.State.RUNNING
        if len(parts) > 1:
            stream.total = None


def _oldest(context: RunContext, now: datetime) -> datetime:
    """When the oldest contact was added: hardly anything of a partitioned stream lies before that."""
    contacts = Contact.objects.filter(connection=context.run.connection_id)
    oldest: datetime | None = contacts.aggregate(oldest=Min("added_at"))["oldest"]
    return oldest or now - timedelta(days=365)


def _read(context: RunContext, stream: RunStream) -> None:
    """One page; the pages after it are asked for before it is written, and the place moves with its last rows."""
    place, *later = stream.places or []
    asked_at, answer = _answer(context, stream, place)
    if isinstance(answer, AuthLost | RateLimited) or is_refusal(answer, place):
        raise answer  # not about one page
    places = following(stream, place, later, answer)
    page = answer if isinstance(answer, Page) else Page(())
    if not page.may_end:  # what comes next depends on what is new
        _ask_ahead(context, stream, places)
    if planner.reads_everything(context.streams[stream.stream], context.run.kind):
        context.see(stream, page.shown_ids)
    rest, doubtful = context.store_most(stream, page.records, asked_at)
    last = prepare(rest)
    with context.commit(stream) as counters:
        applied, doubted = apply(context.batch(stream, asked_at=asked_at), last, page.bad)
        counters.add(applied)
        is_known = page.may_end and not applied.changes and len(rest) == len(page.records) and not page.bad
        if is_known:
            places = following(stream, place, later, replace(page, cursor=page.cursor_if_same))
        stream.places = places
        stream.read += len(page.records) + len(page.bad)
        stream.total = page.total if page.total is not None else stream.total
    context.confirm(stream, doubtful + doubted)
    if page.doubt:
        finish.doubt(context, stream, page.doubt)


def _answer(context: RunContext, stream: RunStream, place: Place) -> tuple[datetime, Page | SyncError]:
    """The page of a place, and when it was asked for: by now if nobody has yet."""
    key = key_of(stream.stream, place)
    if key not in context.pages:
        _ask(context, stream.stream, place)
    asked_at, answer = context.pages.pop(key)
    return asked_at, answer.result()


def _ask_ahead(context: RunContext, stream: RunStream, places: list[Place]) -> None:
    """Let the next pages come while this one is written; few, because they are held in memory."""
    ahead = planner.PAGES_AHEAD if context.streams[stream.stream].is_plain else context.partitions_ahead
    wanted = [place for place in places[:ahead] if "refused" not in place]
    near = [place for place in wanted if key_of(stream.stream, place) not in context.pages]
    if near and not context.is_closing:
        for place in near:
            _ask(context, stream.stream, place)


def _begin_together(context: RunContext) -> None:
    """Ask for the first page of every plain listing at once: one after the other, each would cost its latency."""
    context.has_begun = True
    waiting = context.run.streams.filter(state=RunStream.State.WAITING, by_contact=False)
    is_full = context.run.kind == "full"
    account = context.readers.begin(lambda _: context.reader.account(), [None] if is_full else [])
    for stream in waiting:
        if context.streams[stream.stream].is_plain:
            _ask(context, stream.stream, place_of({}))
    _forecast_early(context)
    for answer in account:
        finish.describe(context, answer.result())


def _ask(context: RunContext, key: str, place: Place) -> None:
    since = context.changed_since.get(key)

    def page(place: Place) -> Page:
        return context.reader.page(key, partition=place["partition"], cursor=place["cursor"], changed_since=since)

    asked_at, (answer,) = context.clock(), context.readers.begin(page, [place])
    context.pages[key_of(key, place)] = asked_at, answer


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
        # The first page of messages tells how many there are without emails, which are asked for later.
        counted = {key: pages[key].total for key in ("messages", "opportunities") if key in pages}
        context.counted = {key: total for key, total in counted.items() if total is not None}
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
        run.connection, kind=run.kind, trigger=run.trigger, now=context.clock(), **(context.counted | told)
    )
