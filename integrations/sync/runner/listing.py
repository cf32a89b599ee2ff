"""One step of a stream that has a listing: some pages at once, then one transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min

from integrations.activity.models import Contact
from integrations.activity.records import ContactRecord
from integrations.sync import forecasts, planner
from integrations.sync.models import RunStream, StreamCursor
from integrations.sync.ports import AuthLost, NotPermitted, Page, RateLimited, SyncError, Transient
from integrations.sync.reconcile import apply
from integrations.sync.runner import ending, removal
from integrations.sync.runner.work import Work
from integrations.sync.streams import BY_KEY

# The client below has already retried each call; these are further goes after the other pages were read.
TRIES = 3


def step(work: Work, stream: RunStream) -> None:
    """Open the stream, or read its next pages, or, once all are read, see what is gone."""
    if stream.places is None:
        _open(work, stream)
    elif stream.places:
        _read(work, stream)
    elif planner.reads_everything(stream.stream, work.run.kind) and not stream.reason:
        removal.step(work, stream)
    else:
        ending.finish(work, stream)


def _open(work: Work, stream: RunStream) -> None:
    if work.first_pages is None:
        _begin_together(work)
    now = work.clock()
    parts = work.reader.partitions(stream.stream, since=_since(work, stream, now), now=now)
    if not BY_KEY[stream.stream].is_plain:
        _forecast(work, {})
    with work.commit(stream):
        stream.places = [{"partition": part, "cursor": None, "tries": 0} for part in parts]
        stream.state = RunStream.State.RUNNING
        if len(parts) > 1:
            stream.total = None


def _since(work: Work, stream: RunStream, now: datetime) -> datetime:
    """From when on a partitioned stream is read: the oldest contact, or the recent past."""
    if BY_KEY[stream.stream].recent_only and work.run.kind == "incremental":
        return now - planner.RECENT
    contacts = Contact.objects.filter(workspace=work.run.workspace_id)
    oldest: datetime | None = contacts.aggregate(oldest=Min("added_at"))["oldest"]
    return oldest or now - timedelta(days=365)


def _changed_since(work: Work) -> Callable[[str], datetime | None]:
    """From when on each stream is read, None for all of it; one query for all streams."""
    cursors = StreamCursor.objects.filter(workspace=work.run.workspace_id)
    watermarks = dict(cursors.values_list("stream", "watermark"))
    return lambda key: planner.changed_since(key, work.run.kind, watermarks.get(key))


def _read(work: Work, stream: RunStream) -> None:
    places: list[dict[str, Any]] = stream.places or []
    chosen, later = places[: planner.PARTITIONS_AT_ONCE], places[planner.PARTITIONS_AT_ONCE :]
    asked_at, answers = _early(work, stream) or (work.clock(), _ask(work, stream, chosen))
    _raise_what_concerns_all(answers)
    pages = [answer for answer in answers if isinstance(answer, Page)]
    records = [record for page in pages for record in page.records]
    bad = [record for page in pages for record in page.bad]
    with work.commit(stream) as counters:
        applied, doubtful = apply(work.batch(stream, asked_at=asked_at), records, bad)
        counters.add(applied)
        if planner.reads_everything(stream.stream, work.run.kind):
            work.see(stream, {name for page in pages for name in page.shown_ids})
        stream.places = _next_places(stream, chosen, answers) + later
        stream.read += len(records) + len(bad)
        stream.total = next((page.total for page in pages if page.total is not None), stream.total)
    work.confirm(stream, doubtful)


def _ask(work: Work, stream: RunStream, chosen: list[dict[str, Any]]) -> list[Page | SyncError]:
    since = _changed_since(work)(stream.stream)
    return work.gather(
        lambda place: work.reader.page(
            stream.stream, partition=place["partition"], cursor=place["cursor"], changed_since=since
        ),
        chosen,
    )


def _begin_together(work: Work) -> None:
    """Ask for the first page of every plain listing at once: one after the other, each would cost its latency."""
    waiting = work.run.streams.filter(state=RunStream.State.WAITING, by_contact=False)
    keys = [stream.stream for stream in waiting if BY_KEY[stream.stream].is_plain]
    since = _changed_since(work)

    def first_page(key: str) -> Page:
        return work.reader.page(key, partition={}, cursor=None, changed_since=since(key))

    asked_at = work.clock()
    answers = work.begin(first_page, keys)
    work.first_pages = {key: (asked_at, answer) for key, answer in zip(keys, answers, strict=True)}
    _forecast_early(work)


def _early(work: Work, stream: RunStream) -> tuple[datetime, list[Page | SyncError]] | None:
    """The first page of a stream, if it was asked for when the run began."""
    found = (work.first_pages or {}).pop(stream.stream, None) if stream.read == 0 else None
    return (found[0], [found[1].result()]) if found else None


def _raise_what_concerns_all(answers: list[Page | SyncError]) -> None:
    """A refusal, a lost sign-in and a spent budget are not about one page."""
    for answer in answers:
        if isinstance(answer, AuthLost | NotPermitted | RateLimited):
            raise answer


def _next_places(
    stream: RunStream, chosen: list[dict[str, Any]], answers: list[Page | SyncError]
) -> list[dict[str, Any]]:
    following = []
    for place, answer in zip(chosen, answers, strict=True):
        if isinstance(answer, Page):
            if answer.cursor is not None:
                following.append({**place, "cursor": dict(answer.cursor), "tries": 0})
        elif isinstance(answer, Transient) and place["tries"] + 1 < TRIES:
            following.append({**place, "tries": place["tries"] + 1})
        else:
            # The rest of the stream is still worth reading; it ends as failed, with this reason.
            stream.reason, stream.detail = str(answer), answer.detail
    return following


def _forecast_early(work: Work) -> None:
    """Say what the run will cost from what the first pages tell, before the sweep begins."""
    pages = {
        key: page
        for key, (_, answer) in (work.first_pages or {}).items()
        if isinstance(page := answer.result(), Page)
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


def _forecast(work: Work, told: dict[str, Any]) -> None:
    """Say it from the cache and from what was `told`; again once all contacts are known."""
    work.run.forecast = forecasts.forecast(work.run.workspace_id, kind=work.run.kind, now=work.clock(), **told)
