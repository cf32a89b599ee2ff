"""Stand-ins for the client's seams: a transport that follows a script, a bucket that is never empty, a clock."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from integrations.ghl.client import (
    Bucket,
    Client,
    Grant,
    HttpRequest,
    HttpResponse,
    RateReading,
    StaticToken,
    Transport,
)
from integrations.ghl.client.errors import GhlError

RATE_HEADERS = {
    "X-RateLimit-Max": "100",
    "X-RateLimit-Remaining": "93",
    "X-RateLimit-Interval-Milliseconds": "10000",
    "X-RateLimit-Limit-Daily": "200000",
    "X-RateLimit-Daily-Remaining": "199000",
}


def answer(status: int, body: Any = None, **headers: str) -> HttpResponse:
    """A JSON answer; header names are written with underscores."""
    named = {**RATE_HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return HttpResponse(status, {name.lower(): value for name, value in named.items()}, json.dumps(body).encode())


def refusal(status: int, message: Any) -> HttpResponse:
    return answer(status, {"statusCode": status, "message": message, "traceId": "trace-1"})


class ScriptedTransport(Transport):
    """Answers in order, raises what is an exception, and remembers what it was asked."""

    def __init__(self, *script: HttpResponse | GhlError) -> None:
        self.script = list(script)
        self.requests: list[HttpRequest] = []

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        self.requests.append(request)
        step = self.script.pop(0)
        if isinstance(step, GhlError):
            raise step
        return step

    @property
    def tokens(self) -> list[str | None]:
        return [request.headers.get("Authorization") for request in self.requests]


class EndlessBucket(Bucket):
    """Grants everything and remembers what it was told; `grants` and `confirmations` are given first."""

    def __init__(self, *grants: Grant, confirmations: Sequence[bool] = ()) -> None:
        self.grants, self.confirmations = list(grants), list(confirmations)
        self.taken: list[int] = []
        self.finished: list[int] = []
        self.readings: list[RateReading] = []
        self.punishments: list[float] = []

    def take(self, key: str, lane: str) -> Grant:
        grant = self.grants.pop(0) if self.grants else Grant(1, 0.0)
        grant = replace(grant, ticket=len(self.taken) + 1) if grant.granted else grant
        self.taken += [grant.ticket] * grant.granted
        return grant

    def confirm(self, key: str, grant: Grant) -> bool:
        return self.confirmations.pop(0) if self.confirmations else True

    def finish(self, key: str, grant: Grant, reading: RateReading | None = None) -> None:
        self.finished.append(grant.ticket)
        self.readings += [reading] if reading else []

    def punish(self, key: str, seconds: float) -> None:
        self.punishments.append(seconds)


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def client_for(transport: Transport, **changes: Any) -> Client:
    clock: Callable[[], float] = changes.pop("clock", None) or Clock()
    settings: dict[str, Any] = {
        "base_url": "https://api.example",
        "transport": transport,
        "bucket": EndlessBucket(),
        "key": "loc-1",
        "auth": StaticToken("pit-secret"),
        "clock": clock,
        "sleep": clock.sleep,  # type: ignore[attr-defined]
        "rng": lambda: 1.0,
    }
    return Client(**{**settings, **changes})
