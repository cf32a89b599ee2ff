"""Leads every API call through the same gates: route, token, version, limit, latency, faults, operation."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from uuid import uuid4

from integrations.sandbox.crm.records import Json
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.http import errors
from integrations.sandbox.http.messages import Answer, Call, Reply, Request, json_reply
from integrations.sandbox.http.operation import Operation
from integrations.sandbox.http.routes import find_operation
from integrations.sandbox.http.strictness import SEARCHES
from integrations.sandbox.oauth.tokens import Token, check_rights
from integrations.sandbox.world import World

_MANNERS = {"truncated": "truncated", "lost_response": "lost", "timeout_after": "lost"}
_HTML = b"<!doctype html><html><head><title>One moment</title></head><body>Checking your browser</body></html>"


@dataclass(frozen=True, slots=True)
class Transmission:
    """A reply and how it travels: `whole`, `truncated`, `reset` (abortive close) or `lost` (closed, no answer)."""

    reply: Reply
    manner: str = "whole"


@dataclass(frozen=True, slots=True)
class _Admission:
    """How the gates decided about a call: refused by `error`, or let through, perhaps into a fault."""

    call: Call
    headers: tuple[tuple[str, str], ...]
    error: errors.ApiError | None = None
    fault: str | None = None


class Gateway:
    """Stateless apart from the world; `sleep` is injected so that nothing here decides how time passes."""

    def __init__(self, world: World, sleep: Callable[[float], None] = time.sleep) -> None:
        self._world, self._sleep = world, sleep

    def handle(self, request: Request) -> Transmission:
        """Answers one API call."""
        version = request.headers.get("version")
        found = find_operation(request.method, request.path, version)
        if found is None:
            return Transmission(self._refused(errors.not_found(request.method, request.path), ()))
        operation, params = found
        with self._world.lock:
            self._world.cues.happen(operation.name, "before")
        admission = self._admission(operation, request, params)
        # Latency comes after the count: the moment of arrival is what a limit looks at.
        self._pause(operation)
        if admission.error is not None:
            sent = Transmission(self._refused(admission.error, admission.headers))
        else:
            sent = self._with_fault(admission.fault, operation, admission.call, admission.headers)
        with self._world.lock:
            self._world.tally.answered(operation.name, sent.reply.status)
            self._world.cues.happen(operation.name, "after")
        return sent

    def _admission(self, operation: Operation, request: Request, params: dict[str, str]) -> _Admission:
        """Counts the call and takes it through token, limit and fault draw, at its moment of arrival.

        All under the lock: counts, the window of the limit and the order of faults must be exact.
        """
        world = self._world
        call = Call(world, request, params, "")
        with world.lock:
            now = world.clock()
            world.tally.request(operation.name, params, now)
            try:
                self._admit(operation, call, now)
                verdict = world.limiter.take(_account(call, world), now)
                if not verdict.allowed:
                    return _Admission(call, verdict.headers, errors.refusal(429, "Too Many Requests"))
                return _Admission(call, verdict.headers, fault=world.faults.draw(operation.name))
            except errors.ApiError as error:
                return _Admission(call, (), error)

    def _admit(self, operation: Operation, call: Call, now: float) -> None:
        """Completes the call with token, version and sub-account; refuses it when one is not in order."""
        headers = call.request.headers
        if operation.public:
            call.version = operation.check_version(headers.get("version"))
            return
        token = self._world.tokens.bearer(headers.get("authorization"), now)
        call.token, call.version = token, operation.check_version(headers.get("version"))
        company_may, location_may = operation.company_may, operation.location_may
        check_rights(token, operation.scope, company_may=company_may, location_may=location_may)
        call.store_or_none = self._tenant(operation, call, token)

    def _tenant(self, operation: Operation, call: Call, token: Token) -> LocationStore | None:
        """The sub-account of the call; a token of another one is a 403."""
        own = self._world.locations.get(token.location_id or "")
        match operation.tenant:
            case "path":
                named = call.params["location_id"]
            case "query":
                # The listing of deals is the one that spells it the other way, in one generation.
                named = call.request.query.get("locationId") or call.request.query.get("location_id", "")
            case "body":
                named = str(call.body.get("locationId") or "")
            case _:
                return own
        if not named:
            # A body is checked as a whole by its operation, which then lists every fault at once.
            if operation.tenant == "body":
                return own
            raise errors.unprocessable("locationId can't be undefined")
        if own is None and token.auth_class == "Company" and named in self._world.locations:
            return self._world.locations[named]
        if own is None or own.id != named:
            raise errors.forbidden()
        return own

    def _pause(self, operation: Operation) -> None:
        low, high = self._world.latency
        if high > 0:
            # Drawn from the seed as well: the same calls in the same order wait the same times.
            draw = Random(f"{self._world.options.seed}:{operation.name}:{self._world.faults.calls}")
            self._sleep(draw.uniform(low, high) / 1000)

    def _with_fault(
        self, fault: str | None, operation: Operation, call: Call, headers: tuple[tuple[str, str], ...]
    ) -> Transmission:
        """What the fault makes of the call: some prevent it, some spoil only its answer."""
        if fault is not None:
            with self._world.lock:
                self._world.tally.fault(fault)
        if fault == "html":
            return Transmission(Reply(200, _HTML, "text/html; charset=utf-8", list(headers)))
        if fault == "502":
            return Transmission(Reply(502, b"<html><h1>502 Bad Gateway</h1></html>", "text/html", list(headers)))
        if fault == "reset":
            return Transmission(Reply(0), "reset")
        if fault == "timeout":
            # Longer than any patient client waits; then the line is dropped without a word.
            self._sleep(self._world.hold_seconds)
            return Transmission(Reply(0), "lost")
        if fault in ("expired_token", "no_scope"):
            return Transmission(self._refused(_unfit(fault, call), headers))
        if fault is not None and fault.isdigit():
            return Transmission(
                self._refused(_injected(int(fault)), _spent(headers) if fault == "429" else headers)
            )
        if fault == "slow":
            self._sleep(self._world.slow_seconds)
        # From here on the call has happened, writes included; only its answer may still be spoiled.
        reply = self._performed(operation, call, headers, without="searchAfter" if fault == "no_cursor" else "")
        if fault == "malformed":
            reply.body = reply.body[: len(reply.body) * 2 // 3] + b"}}"
        if fault == "timeout_after":
            self._sleep(self._world.hold_seconds)
        return Transmission(reply, _MANNERS.get(fault or "", "whole"))

    def _performed(
        self, operation: Operation, call: Call, headers: tuple[tuple[str, str], ...], *, without: str = ""
    ) -> Reply:
        with self._world.lock:
            try:
                answer = self._done(operation, call)
            except errors.ApiError as error:
                return self._refused(error, headers)
            # Rendered under the lock: the body may still refer to lists that another call changes.
            body = _without(answer.body, without) if without else answer.body
            body = self._world.strictness.answered(operation.name, body)
            return json_reply(answer.status, body | {"traceId": _trace_id()}, headers)

    def _done(self, operation: Operation, call: Call) -> Answer:
        """A write is counted when it is done; a read sees what is shown by now."""
        world = self._world
        if not operation.is_write:
            with world.lag.reading(world.clock()):
                return self._answered(operation, call)
        answer = world.lag.writing(operation.name, call, lambda: self._answered(operation, call))
        world.tally.wrote(operation.name, answer.touched, call.body, world.clock())
        return answer

    def _answered(self, operation: Operation, call: Call) -> Answer:
        strictness, in_body = self._world.strictness, operation.name in SEARCHES
        asked = call.body if in_body else call.request.query
        strictness.check(operation.name, asked | call.params)
        instead = strictness.asked(operation.name, asked)
        if instead != asked:
            call.ask(instead, in_body=in_body)
        return operation.handler(call)

    def _refused(self, error: errors.ApiError, headers: tuple[tuple[str, str], ...]) -> Reply:
        return json_reply(error.status, error.body | {"traceId": _trace_id()}, headers)


def _account(call: Call, world: World) -> str:
    """Whose budget a call uses up: the sub-account's, or the company's."""
    # Token calls carry no bearer, so that they have a budget of their own.
    if call.token is None:
        return "app"
    return call.token.location_id or world.company_id


def _injected(status: int) -> errors.ApiError:
    if status == 422:
        return errors.unprocessable("pageLimit must not be greater than 500", "locationId must be a string")
    message = "Too Many Requests" if status == 429 else "Something went wrong on our side (sandbox fault)."
    return errors.refusal(status, message)


def _unfit(fault: str, call: Call) -> errors.ApiError:
    """The same refusal as a token's that is too old, or may no longer do this."""
    if fault == "no_scope":
        return errors.unauthorized(errors.SCOPE_MISSING)
    private = call.token is not None and call.token.private
    return errors.unauthorized(errors.PRIVATE_TOKEN_REFUSED if private else errors.TOKEN_REFUSED)


def _without(body: Json, key: str) -> Json:
    """The answer with this key missing from the rows of its listing."""
    return {
        name: [{word: it for word, it in row.items() if word != key} for row in value]
        if isinstance(value, list)
        else value
        for name, value in body.items()
    }


def _spent(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """An injected 429 tells the same story in its headers."""
    return tuple((name, "0" if name == "X-RateLimit-Remaining" else value) for name, value in headers)


def _trace_id() -> str:
    return str(uuid4())
