"""The client: one call takes budget, sends, reads the answer, tries again where that helps, and is recorded."""

import math
import random
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from integrations.ghl.client.dependencies import Auth, Bucket, CallRecord, Deadline, Grant
from integrations.ghl.client.errors import (
    GhlError,
    OutOfTime,
    RateLimited,
    Timeout,
    TokenDoubted,
    TokenExpired,
    Where,
)
from integrations.ghl.client.operations import OPERATIONS, Generation, Operation
from integrations.ghl.client.resources.businesses import Businesses
from integrations.ghl.client.resources.calendars import Calendars
from integrations.ghl.client.resources.contacts import Contacts
from integrations.ghl.client.resources.conversations import Conversations
from integrations.ghl.client.resources.locations import Locations
from integrations.ghl.client.resources.notes import Notes
from integrations.ghl.client.resources.oauth import OAuth
from integrations.ghl.client.resources.opportunities import Opportunities
from integrations.ghl.client.resources.tasks import Tasks
from integrations.ghl.client.resources.users import Users
from integrations.ghl.client.retry import MAX_ATTEMPTS, PATIENCE, delay, should_retry
from integrations.ghl.client.sansio import (
    Answer,
    HttpRequest,
    HttpResponse,
    RateReading,
    build_request,
    decipher,
    safe_base_url,
)
from integrations.ghl.client.transport import Transport

OAUTH_OPERATIONS = ("token", "location_token", "installed_locations", "uninstall")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """GHL for one connection. Holds no state of its own, so any number of threads may share it.

    `key` names the budget (the location's id, whatever the token), `lane` the share of it. `oauth_generation` pins
    the token calls where they must differ from the rest. `on_call` is told of every attempt and must not raise.
    A call makes at most `attempts` and waits at most `patience` seconds for budget or after a 429. A `deadline` is
    for all calls together: it cuts each attempt and pause short, and once it has passed nothing is sent any more.
    Raises what `errors` draws; ValueError for a base URL, token or generation that must not be used.
    """

    base_url: str
    transport: Transport
    bucket: Bucket
    key: str
    auth: Auth | None = None
    generation: Generation = "2021-07-28"
    oauth_generation: Generation | None = None
    lane: Hashable = "sync"
    timeout: float = 30.0
    attempts: int = MAX_ATTEMPTS
    patience: float = PATIENCE
    deadline: Deadline | None = None
    sleep: Callable[[float], None] = time.sleep
    rng: Callable[[], float] = random.random
    clock: Callable[[], float] = time.monotonic
    on_call: Callable[[CallRecord], None] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", safe_base_url(self.base_url))
        for name in (self.generation, self.oauth_generation or self.generation):
            if name not in OPERATIONS:
                raise ValueError(f"The API generation {name!r} is unknown; use one of {', '.join(OPERATIONS)}.")

    def call(
        self,
        operation_name: str,
        path_args: Mapping[str, str] | None = None,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Answer:
        """The answer, or the exception of the last attempt. A stale token is renewed once."""
        operation = self._operation(operation_name)
        token = self._token(operation)
        attempt, renewed = 0, False
        while True:
            attempt += 1
            request = build_request(
                operation, base_url=self.base_url, token=token, path_args=path_args, query=query, body=body
            )
            try:
                return self._attempt(operation, request, attempt)
            except TokenExpired as error:
                token, renewed = self._another_token(error, token, is_fresh=renewed), True
            except GhlError as error:
                self._pause_or_raise(error, attempt, operation)

    @property
    def contacts(self) -> Contacts:
        return Contacts(self.call)

    @property
    def tasks(self) -> Tasks:
        return Tasks(self.call)

    @property
    def notes(self) -> Notes:
        return Notes(self.call)

    @property
    def calendars(self) -> Calendars:
        return Calendars(self.call)

    @property
    def users(self) -> Users:
        return Users(self.call)

    @property
    def businesses(self) -> Businesses:
        return Businesses(self.call)

    @property
    def locations(self) -> Locations:
        return Locations(self.call)

    @property
    def conversations(self) -> Conversations:
        return Conversations(self.call)

    @property
    def opportunities(self) -> Opportunities:
        return Opportunities(self.call, self.generation)

    @property
    def oauth(self) -> OAuth:
        return OAuth(self.call, self.oauth_generation or self.generation)

    def _operation(self, name: str) -> Operation:
        pinned = self.oauth_generation if name in OAUTH_OPERATIONS else None
        table = OPERATIONS[pinned or self.generation]
        if name not in table:
            raise ValueError(f"The API generation {self.generation} has no operation {name}.")
        return table[name]

    def _token(self, operation: Operation) -> str | None:
        if not operation.bearer:
            return None
        if self.auth is None:
            raise ValueError(f"{operation.name} needs a token, and this client was made without one.")
        return self.auth.token()

    def _another_token(self, error: TokenExpired, token: str | None, *, is_fresh: bool) -> str:
        """For one more attempt. Raises what the refusal means where there is none."""
        if token is None or self.auth is None:
            raise error
        # A renewal that worked proves the sign-in: a 401 behind it is not about the token.
        if is_fresh or (isinstance(error, TokenDoubted) and not self.auth.renews):
            where = Where(operation=error.operation, status=error.status, trace_id=error.trace_id)
            raise TokenDoubted(error.message, **where) from error
        return self.auth.refresh(token)

    def _attempt(self, operation: Operation, request: HttpRequest, attempt: int) -> Answer:
        grant = self._take_budget(operation)
        started = self.clock()
        status, reading, outcome, trace, date = None, None, "interrupted", None, ""
        try:
            response, reading = self._send(operation, request, grant)
            status = response.status
            date = response.headers.get("date", "")
            answer = decipher(response.status, response.headers, response.body, operation)
            outcome, trace = "ok", answer.trace_id
            return answer
        except GhlError as error:
            error.operation = error.operation or operation.name  # the transport does not know it
            outcome, trace = type(error).__name__, error.trace_id
            raise
        finally:
            ms = (self.clock() - started) * 1000
            left = reading or RateReading()
            self._tell(
                CallRecord(
                    operation.name, status, ms, attempt, left.remaining, left.daily_remaining, outcome, trace, date
                )
            )

    def _send(
        self, operation: Operation, request: HttpRequest, grant: Grant
    ) -> tuple[HttpResponse, RateReading | None]:
        """Whatever becomes of the request, the budget is told when, and what the answer says of it."""
        started, reading = self.clock(), None
        try:
            response = self.transport.send(request, min(self.timeout, self._left(operation)))
            reading = RateReading.from_headers(response.headers, self.clock() - started)
            return response, reading
        finally:
            self.bucket.finish(self.key, grant, reading)

    def _left(self, operation: Operation) -> float:
        """Seconds that the next step may take. Raises OutOfTime when there are none."""
        if self.deadline is None:
            return math.inf
        left = self.deadline.left()
        if left <= 0:
            raise OutOfTime(seconds=self.deadline.seconds, operation=operation.name)
        return left

    def _out_of_time(self, error: GhlError, deadline: Deadline) -> GhlError:
        """An answer says more than that there is no time for another; silence is told with how long it lasted."""
        if not isinstance(error, Timeout):
            return error
        return OutOfTime(seconds=deadline.seconds, sent=error.sent, operation=error.operation)

    def _tell(self, record: CallRecord) -> None:
        if self.on_call is not None:
            self.on_call(record)

    def _take_budget(self, operation: Operation) -> Grant:
        """A slot, when its request may leave: at once, or at the moment that was booked for it."""
        while True:
            patience = min(self.patience, self._left(operation))
            grant = self.bucket.take(self.key, self.lane)
            # A worker that slept this out would be missing elsewhere: the caller comes back instead.
            if grant.daily or grant.wait > patience:
                self._give_back(grant)
                raise RateLimited(
                    "our own budget for this location is spent",
                    daily=grant.daily,
                    retry_after=grant.wait,
                    operation=operation.name,
                )
            if grant.wait:
                self.sleep(grant.wait)
            # Meanwhile a 429 may have stopped everybody, or somebody more urgent may have come.
            if grant.granted and (not grant.wait or self.bucket.confirm(self.key, grant)):
                return grant
            self._give_back(grant)

    def _give_back(self, grant: Grant) -> None:
        if grant.granted:
            self.bucket.finish(self.key, grant)

    def _pause_or_raise(self, error: GhlError, attempt: int, operation: Operation) -> None:
        pause = delay(error, attempt, self.rng)
        if isinstance(error, RateLimited) and error.status and not error.daily:
            # Everybody who shares the location stops, not only this thread.
            self.bucket.punish(self.key, pause)
        held = isinstance(error, RateLimited) and pause > self.patience
        if self.deadline is not None and pause >= self.deadline.left():
            raise self._out_of_time(error, self.deadline)
        if held or attempt >= self.attempts or should_retry(error, attempt, operation) is None:
            raise error
        self.sleep(pause)
