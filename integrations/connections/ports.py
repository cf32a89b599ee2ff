"""What the engine asks of a provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, Protocol

from integrations.activity.kinds.message import Email
from integrations.activity.records import BadRecord, Record
from integrations.connections.errors import Absent as Absent
from integrations.connections.errors import AuthDoubted as AuthDoubted
from integrations.connections.errors import AuthLost as AuthLost
from integrations.connections.errors import Duplicate as Duplicate
from integrations.connections.errors import NotPermitted as NotPermitted
from integrations.connections.errors import Permanent as Permanent
from integrations.connections.errors import RateLimited as RateLimited
from integrations.connections.errors import SyncError as SyncError
from integrations.connections.errors import Transient as Transient
from integrations.connections.errors import Unfit as Unfit
from integrations.connections.models import Connection
from integrations.connections.pages import ProviderPages
from integrations.connections.receiving import Arrival, Delivery
from integrations.connections.status import ConnectionStatus, Remote
from integrations.connections.streams import Stream

type Json = Mapping[str, Any]


class Lane(IntEnum):
    """Who waits for a call, the lower the sooner: people, then what was just changed here or there, then bulk."""

    PERSON = 0
    WRITE = 1
    WEBHOOK = 2  # what a webhook made us read again
    BULK = 3


class Outcome(StrEnum):
    """How one attempt of a call went: well, or by what recovers from it."""

    OK = "ok"
    ABSENT = "absent"
    RATE_LIMITED = "rate_limited"
    TRANSIENT = "transient"
    AUTH_LOST = "auth_lost"
    NOT_PERMITTED = "not_permitted"
    PERMANENT = "permanent"
    INTERRUPTED = "interrupted"

    @property
    def label(self) -> str:
        """The same in words."""
        return OUTCOME_WORDS[self]


OUTCOME_WORDS = {
    Outcome.OK: "Answered",
    Outcome.ABSENT: "Not found",
    Outcome.RATE_LIMITED: "Rate limited",
    Outcome.TRANSIENT: "No usable answer",
    Outcome.AUTH_LOST: "Sign-in rejected",
    Outcome.NOT_PERMITTED: "Not permitted",
    Outcome.PERMANENT: "Refused",
    Outcome.INTERRUPTED: "Interrupted",
}
# What an answer may well say without anything having gone wrong.
WELL = (Outcome.OK, Outcome.ABSENT)


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt of one call, without a word of its content.

    `ms` is from sending to the whole answer; `status` is None when no answer came; `burst_left` and `day_left` are
    the provider's words on the budget. `operation` and `trace` are the provider's own, and name nobody.
    """

    operation: str
    at: datetime
    ms: int
    attempt: int
    outcome: Outcome
    lane: Lane
    status: int | None = None
    burst_left: int | None = None
    day_left: int | None = None
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a listing. `cursor` is opaque JSON for the next page; None when this was the last.

    `doubt` says in a sentence why more may be there than the listing showed. One with the latest change first
    `may_end` where a page shows nothing new: then it goes on at `cursor_if_same`.
    """

    records: Sequence[Record]
    bad: Sequence[BadRecord] = ()
    cursor: Json | None = None
    total: int | None = None
    doubt: str = ""
    may_end: bool = False
    cursor_if_same: Json | None = None

    @property
    def shown_ids(self) -> set[str]:
        """The ids of every row of the answer, understood or not."""
        return {record.remote_id for record in self.records} | {row.remote_id for row in self.bad if row.remote_id}


class Caller(Protocol):
    """Whatever makes calls and can tell of them."""

    def take_calls(self) -> list[Call]:
        """The calls since the last time this was asked, oldest first; each is told once. Never raises."""
        ...


class Reader(Caller, Protocol):
    """Reads one connection's records; safe to call from several threads at once."""

    @property
    def requests(self) -> int:
        """HTTP attempts made through this reader so far."""
        ...

    @property
    def clock_offset(self) -> float:
        """Seconds that the provider's clock is ahead of ours, as far as its answers tell."""
        ...

    def account(self) -> Remote | None:
        """What the account calls itself, and the zone of its clocks; None where it does not say."""
        ...

    def partitions(
        self, stream: str, *, since: datetime, now: datetime, span: timedelta, is_whole: bool
    ) -> list[Json]:
        """The parts a stream must be read in (one per calendar and `span`, say); [{}] for a plain listing.

        `is_whole`: what lies before `since`, which cuts it well, is wanted as well.
        """
        ...

    def page(self, stream: str, *, partition: Json, cursor: Json | None, changed_since: datetime | None) -> Page:
        """The page of a partition at a cursor; everything, or only what changed since then."""
        ...

    def of_contact(self, stream: str, contact_id: str) -> Page:
        """Everything of one stream that belongs to one contact; a complete listing."""
        ...

    def one(self, stream: str, remote_id: str, contact_id: str) -> Record:
        """One object, fresh. Raises Absent when it is gone."""
        ...

    def find(self, stream: str, remote_id: str, words: str) -> Record:
        """One object whose contact is not known, by a search for some of its words. Raises Absent."""
        ...

    def alike(self, stream: str, contact_id: str, fields: Json) -> Sequence[Record]:
        """Every record that could be taken for a new one with these fields, of this contact if it has one."""
        ...

    def free_slots(self, calendar_id: str, day: date, zone: str) -> Sequence[datetime]:
        """When a calendar can still be booked on a day of that zone, the earliest first. Raises Permanent where
        the system does not tell."""
        ...

    def email(self, email_id: str) -> Email:
        """The whole of one email, which listings only mention. Raises Absent."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Target:
    """What a write changes: its kind, what it is called over there, and the contact that it belongs to."""

    kind: str
    remote_id: str
    contact_id: str


class Writer(Caller, Protocol):
    """Changes one connection's records at the provider."""

    def send(self, operation: str, target: Target, changes: Json, options: Json) -> str:
        """Send one change, `changes` in our words. Whether it arrived is for a reader to say; returns the id of a
        new record, "" otherwise or where the answer names none. Raises SyncError, Permanent for an operation that
        the system does not have, Duplicate for a record that is there already, Unfit for a value that a person
        can choose anew."""
        ...


class Receiver(Protocol):
    """Understands what a system sends by webhook."""

    def verify(self, delivery: Delivery) -> str:
        """What proves who sent these bytes, "" where only a stored secret can. Asks no database, since anybody may
        send. Raises WebhookRefused."""
        ...

    def arrivals(self, delivery: Delivery, proof: str, now: datetime) -> Sequence[Arrival]:
        """The events in it, each for a connection of ours. Raises WebhookRefused where it concerns nobody here."""
        ...

    def records(self, connection: Connection, event_type: str, body: bytes) -> Mapping[str, Sequence[Record]]:
        """What a kept event tells, by stream, where it is all that there will be. Raises SyncError."""
        ...


class Provider(Protocol):
    """One kind of system behind the ports; one instance per process. `BasicProvider` says no to everything."""

    name: str  # what people call the system, such as "GoHighLevel"
    short_name: str  # the same after the first mention
    streams: Sequence[Stream]  # what is read, in reading order; none where the system cannot be asked
    receiver: Receiver | None  # None where it sends no webhooks
    pages: ProviderPages

    def reader(self, connection: Connection, lane: Lane) -> Reader:
        """Raises AuthLost where the connection has no credentials that work."""
        ...

    def writer(self, connection: Connection) -> Writer:
        """Raises AuthLost where the connection has no credentials that work."""
        ...

    def status(self, connections: Sequence[Connection], *, with_usage: bool = True) -> dict[int, ConnectionStatus]:
        """{connection id: what pages may know}, one question however many connections.

        Without usage nothing is said of requests made and allowed, which few pages show.
        """
        ...

    def withdraw(self, connection: Connection) -> str:
        """Tell the system that its access ends, where it can be told. Returns its answer as a sentence, or ""."""
        ...

    def wipe(self, connection: Connection) -> None:
        """Delete the credentials for good."""
        ...
