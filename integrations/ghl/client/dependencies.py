"""What a client is made with: its token, the budget that it shares, how long it may take, whom it tells."""

import math
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Protocol

from integrations.ghl.client.errors import TokenRejected
from integrations.ghl.client.sansio import RateReading


class Auth(Protocol):
    """Credentials of one connection, shared by all threads that use it. `renews`: they are more than one token."""

    renews: bool

    def token(self) -> str:
        """The access token to send now."""
        ...

    def refresh(self, stale: str) -> str:
        """A token that is not `stale`. Whoever finds it renewed already returns it without another rotation.

        Raises TokenRejected or TokenRefused when a person must connect again; any other GhlError may pass.
        """
        ...


class StaticToken:
    """A private integration token: made by hand, valid until revoked, nothing to refresh."""

    renews = False

    def __init__(self, token: str) -> None:
        self._token = token.strip()

    def __repr__(self) -> str:
        return "StaticToken(…)"

    def token(self) -> str:
        return self._token

    def refresh(self, stale: str) -> str:  # noqa: ARG002  # nothing to compare: there is only one
        raise TokenRejected("the private integration token is no longer accepted and cannot be renewed")


class Deadline(Protocol):
    """What the callers of a client bring along. `seconds` is the whole time, for words."""

    @property
    def seconds(self) -> float: ...

    def left(self) -> float:
        """Seconds that are left; 0 or less when it has passed."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What one lane may use: `burst` requests in any `seconds`, `daily` a UTC day. ValueError for none at all.

    `reserve` and `daily_reserve` are left to others; who leaves less goes first. A lane that has time keeps a
    `pace`: its slots come one by one, at so many times its even share (0: as they are wanted).
    """

    burst: int = 100
    seconds: float = 10.0
    daily: int = 200_000
    reserve: int = 0
    daily_reserve: int = 0
    pace: float = 0.0

    def __post_init__(self) -> None:
        if self.burst < 1 or self.daily < 1 or self.seconds < 0.001:
            raise ValueError("Rate limits must allow at least one request in a window of at least a millisecond.")
        if min(self.reserve, self.daily_reserve, self.pace) < 0:
            raise ValueError("Reserves and pace must not be negative: a lane cannot use more than all.")

    @property
    def window(self) -> int:
        return math.ceil(self.seconds * 1000)

    @property
    def horizon(self) -> int:
        """How far ahead slots are booked. Not further: what is booked is lost to whoever comes later."""
        return self.window // 10

    def gap(self, share: int) -> int:
        """Between two slots of a lane that may use so many in a window. Nobody would notice less than 1 ms."""
        return int(self.window / (share * self.pace)) if self.pace else 0


@dataclass(frozen=True, slots=True)
class Grant:
    """So many requests may leave in `wait` seconds, and `ticket` names them; none: ask again then.

    `daily`: that is tomorrow (UTC). `known` is what `observe` needs to understand the answer.
    """

    granted: int
    wait: float
    state: Any = field(default_factory=dict, repr=False)
    ticket: int = 0
    known: int = 0
    daily: bool = False


class Bucket(Protocol):
    """One shared budget per key (a location) and how lanes may use it. Safe to call from any thread."""

    def take(self, key: str, lane: Hashable) -> Grant:
        """One request. Whoever is granted one calls `finish`, whatever happens."""
        ...

    def confirm(self, key: str, grant: Grant) -> bool:
        """Whether a slot that was waited for still holds: a 429 or somebody more urgent may have taken it."""
        ...

    def finish(self, key: str, grant: Grant, reading: RateReading | None = None) -> None:
        """The request has its answer, or will get none."""
        ...

    def punish(self, key: str, seconds: float) -> None:
        """After a 429: nobody who shares this key sends anything for that long."""
        ...


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One HTTP attempt, without a word of its content. `outcome`: "ok", the exception's name, "interrupted".

    `ms` is from sending to having read the whole answer; `remaining` and `daily_remaining` are the server's words.
    """

    operation: str
    status: int | None
    ms: float
    attempt: int
    remaining: int | None
    daily_remaining: int | None
    outcome: str
    trace_id: str | None
    date: str = ""  # when it was answered, by the server's clock
