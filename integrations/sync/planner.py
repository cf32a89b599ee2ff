"""Decides what a run reads, in which order, and what it will cost. Pure: no clock, no database."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integrations.connections.streams import Stream

FULL_EVERY = timedelta(hours=24)
RETRY_FULL_AFTER = timedelta(hours=1)
WHOLE_EVERY = 7  # days, for a listing that a scheduled full run need not read whole
# A change can reach the provider's search index late; reading this far back again costs a page, not a record.
OVERLAP = timedelta(minutes=5)
# How far back an incremental run looks for moved appointments; older ones are read by the next full run.
RECENT = timedelta(days=30)
BATCH_OF_CONTACTS = 50
MOST_CONTACTS = 5 * BATCH_OF_CONTACTS
CONTACTS_IN_LINE = 15 * BATCH_OF_CONTACTS
QUICK_BATCH = 1.0  # seconds
PAGES_AHEAD = 2
PARTITIONS_AHEAD = 8
SMALL_ACCOUNT = 2_000  # contacts
# Rows a page, as far as it matters for a forecast.
ROWS = {"users": 100, "businesses": 100, "contacts": 500, "tasks": 500, "opportunities": 100, "messages": 100}
# How long a stretch of a calendar one request reads: it comes as one page, however much it holds, and a large
# account's years are too much to hold at once.
SPAN, SHORT_SPAN, LARGE_ACCOUNT = timedelta(days=365), timedelta(days=91), 15_000
MANY_YEARS = 5 * SPAN


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is known of a connection's size; None where nothing was counted yet. `oldest`: when its first contact
    was added."""

    contacts: int | None = None
    tasks: int | None = None
    users: int = 0
    businesses: int = 0
    calendars: int = 0
    opportunities: int = 0
    messages: int = 0
    oldest: datetime | None = None
    due: Mapping[str, int] = field(default_factory=dict)  # contacts that are due, by stream
    spared: Mapping[str, int] = field(default_factory=dict)  # those that a full run leaves to the reading by age
    left_out: frozenset[str] = frozenset()  # streams that the run does not read
    by_change: frozenset[str] = frozenset()  # those of which a full run reads only what changed


def next_kind(*, last_full_at: datetime | None, now: datetime) -> str:
    """A full run when none has succeeded for a day, else only the changes."""
    return "full" if last_full_at is None or now - last_full_at >= FULL_EVERY else "incremental"


def streams_of(
    streams: Iterable[Stream], kind: str, states: Mapping[str, str], off: Container[str] = ()
) -> list[Stream]:
    """Those of a provider's streams that a run reads, in reading order, without those switched off.

    A refused stream is tried again by full runs only, unless the rest hangs on it.
    """
    wanted = [stream for stream in streams if stream.key not in off]
    if kind == "full":
        return wanted
    plain = [stream for stream in wanted if not stream.full_only]
    return [stream for stream in plain if stream.required or states.get(stream.key) != "refused"]


def changed_since(watermark: datetime | None) -> datetime | None:
    """From when on to read what is not read whole, None where nothing was read yet."""
    return None if watermark is None else watermark - OVERLAP


def reads_whole(stream: Stream, kind: str, trigger: str, *, day: int, is_proved: bool) -> bool:
    """Whether a run reads a listing from end to end, though it could be limited to what changed.

    A full run does so to see what is gone. Where a listing shows no removal, all of it tells no more than its
    changes, save what was listed late or changed without a word: that is worth its pages on one `day` of seven, or
    as long as no full run has read it to a proved end. Somebody who asks for a full run gets all of it.
    """
    if not stream.incremental:
        return True
    if kind != "full":
        return False
    return stream.detects_removal or trigger != "schedule" or not is_proved or day % WHOLE_EVERY == 0


def span(contacts: int, age: timedelta) -> timedelta:
    """How long a stretch of a calendar one request reads in an account of so many contacts, the oldest of that
    age. One contact with a date of long ago must not cost hundreds of requests."""
    return SHORT_SPAN if contacts >= LARGE_ACCOUNT and age <= MANY_YEARS else SPAN


def partitions_ahead(contacts: int) -> int:
    """Of a large account few are held at once."""
    return PARTITIONS_AHEAD if contacts < SMALL_ACCOUNT else 1


def reads_all_contacts(kind: str, trigger: str) -> bool:
    """A full run that somebody asked for reads everybody. A scheduled one trusts the reading by age
    and reads only what was never read, is due, or was not reached within the cycle."""
    return kind == "full" and trigger != "schedule"


def reads_everything(stream: Stream, kind: str) -> bool:
    """True when the listing of this stream is complete, so that what it does not show may be gone."""
    return stream.detects_removal and (kind == "full" or not (stream.incremental or stream.recent_only))


def forecast(
    sizes: Sizes,
    streams: Iterable[Stream],
    *,
    kind: str,
    now: datetime,
    states: Mapping[str, str] | None = None,
) -> int | None:
    """Requests a run will make, or None while nothing is known of the contacts.

    `states` says of streams by key that they are read contact by contact ("fallback") or not at all ("refused").
    """
    if sizes.contacts is None:
        return None
    known = states or {}
    return sum(
        _requests(stream, sizes, kind, now, known.get(stream.key, ""))
        for stream in streams_of(streams, kind, known, sizes.left_out)
    )


def _requests(stream: Stream, sizes: Sizes, kind: str, now: datetime, state: str) -> int:
    contacts = sizes.contacts or 0
    if state == "refused":
        return min(contacts, BATCH_OF_CONTACTS) if stream.by_contact else 1
    if state == "fallback":
        return 1 + contacts
    if stream.by_contact:
        if kind == "full":
            return contacts - sizes.spared.get(stream.key, 0)
        return sizes.due.get(stream.key, 0)
    if stream.key == "contacts":
        # Its first page tells the total, which saves asking for an empty last page.
        return max(1, -(-contacts // ROWS["contacts"])) if kind == "full" else 1
    if not stream.is_plain:
        since = sizes.oldest if kind == "full" and sizes.oldest else now - RECENT
        return 1 + sizes.calendars * max(1, -(-(now - since) // span(contacts, now - since)))
    # Until tasks were counted, two a contact are assumed.
    tasks = 2 * contacts if sizes.tasks is None else sizes.tasks
    if stream.key == "messages":
        # Emails are asked for apart, so two pages may be short; what is new stands on the first of each.
        is_whole = kind == "full" and stream.key not in sizes.by_change
        return 2 + (sizes.messages // ROWS[stream.key] if is_whole else 0)
    if stream.key == "opportunities":
        # The names of their stages are asked for once.
        return sizes.opportunities // ROWS[stream.key] + 1 + bool(sizes.opportunities)
    rows = {"users": sizes.users, "businesses": sizes.businesses, "tasks": tasks}.get(stream.key)
    # An empty page proves the end where no total does. Behind a page that is not full it is left out here.
    return 1 if rows is None else rows // ROWS[stream.key] + 1


def cost(requests: int, *, per_second: float, daily: int) -> str:
    """A forecast in words: "5,113 requests, about 9 minutes, 3% of today". `daily` limit, 0 if unknown."""
    parts = [f"{requests:,} request{'' if requests == 1 else 's'}"]
    if per_second > 0:
        parts.append(_about(requests / per_second))
    if daily > 0:
        share = 100 * requests / daily
        parts.append("under 1% of today" if share < 1 else f"{round(share)}% of today")
    return ", ".join(parts)


def _about(seconds: float) -> str:
    if seconds < 10:
        return "a few seconds"
    if seconds < 55:
        return f"about {round(seconds / 5) * 5} seconds"
    minutes = max(1, round(seconds / 60))
    if minutes < 90:
        return f"about {minutes} minute{'' if minutes == 1 else 's'}"
    return f"about {round(seconds / 3600)} hours"


def outcome(states: Iterable[tuple[str, str]], required: Container[str]) -> str:
    """How a run ended, from (stream, state) pairs: done, partial or failed. Partial success looks partial."""
    pairs = list(states)
    if all(state == "done" for _, state in pairs):
        return "done"
    required_lost = any(stream in required and state not in ("done", "partial") for stream, state in pairs)
    return "failed" if required_lost else "partial"
