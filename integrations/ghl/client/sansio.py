"""Requests and answers as plain data: everything that can be decided without a socket, and no I/O.

The client is split as gidgethub is: this file decides, `transport` speaks HTTP, `api` ties them together.
"""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import quote, urlencode, urlsplit

import orjson

from integrations.ghl.client.errors import GhlError, MalformedAnswer, RateLimited, ServerError
from integrations.ghl.client.operations import Encoding, Operation
from integrations.ghl.client.refusals import error_for, read_refusal, refused_in_success
from integrations.ghl.client.scrub import trace_id

USER_AGENT = "throughline-ghl-client"

Headers = Mapping[str, str]
# Seconds. One answer does not stop us for longer, whatever it asks for: then it is asked again.
LONGEST_PAUSE = 300.0


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What to send. Headers and body stay out of the repr: they hold the token and people's data."""

    method: str
    url: str = field(repr=False)
    headers: Headers = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What came back, undecided. Names of headers are in lower case."""

    status: int
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer: the JSON object, and the vendor's trace id."""

    data: dict[str, Any] = field(repr=False)
    trace_id: str | None


@dataclass(frozen=True, slots=True)
class RateReading:
    """What the rate headers of an answer say, None where one is missing; `age`: seconds since it was asked."""

    limit: int | None = None
    remaining: int | None = None
    interval_ms: int | None = None
    daily_limit: int | None = None
    daily_remaining: int | None = None
    age: float = 0.0

    @classmethod
    def from_headers(cls, headers: Mapping[str, str], age: float = 0.0) -> "RateReading | None":
        """From lower-case header names; None when the answer carries none of them."""
        reading = cls(
            limit=_count(headers.get("x-ratelimit-max")),
            remaining=_count(headers.get("x-ratelimit-remaining")),
            interval_ms=_count(headers.get("x-ratelimit-interval-milliseconds")),
            daily_limit=_count(headers.get("x-ratelimit-limit-daily")),
            daily_remaining=_count(headers.get("x-ratelimit-daily-remaining")),
            age=age,
        )
        return None if reading == cls(age=age) else reading


def safe_base_url(url: str) -> str:
    """The base URL without trailing slash; ValueError unless it is https, or http on this machine."""
    parts = urlsplit(url.strip())
    if parts.username or parts.password or parts.query or parts.fragment or not parts.hostname:
        raise ValueError("The base URL must be a scheme, a host and perhaps a path, with nothing else in it.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError("The base URL must start with https://: a token must not travel in clear text.")
    return parts.geturl().rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether the host is this machine by name or by number; no name is looked up."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def build_request(
    operation: Operation,
    *,
    base_url: str,
    token: str | None,
    path_args: Mapping[str, str] | None = None,
    query: Mapping[str, object] | None = None,
    body: Mapping[str, object] | None = None,
) -> HttpRequest:
    """The request for one call. Query values of None are left out; ValueError names a bad path argument."""
    url = base_url + _path(operation, path_args or {})
    asked = {name: _query_text(value) for name, value in (query or {}).items() if value is not None}
    if asked:
        url += "?" + urlencode(asked)
    headers = _headers(operation, token)
    if body is not None:
        headers["Content-Type"] = operation.encoding.value
    return HttpRequest(operation.method, url, headers, _encoded(operation, body))


def decipher(status: int, headers: Headers, body: bytes, operation: Operation) -> Answer:
    """The answer as data, or the one exception that fits. Success is any 2xx: creates vary between 200 and 201."""
    if 200 <= status < 300:
        data = {} if status == 204 else _json_object(body, status, operation)
        if operation.grants and (refused := refused_in_success(data, operation)):
            raise refused
        _require_shape(data, operation, status)
        return Answer(data, trace_id(data.get("traceId")))
    if status == 429:
        raise _rate_limited(headers, body, operation)
    if status == 408 or status >= 500:
        refusal = read_refusal(_lenient_object(body))
        raise ServerError(refusal.text, operation=operation.name, status=status, trace_id=refusal.trace_id)
    if 300 <= status < 400:
        _malformed("a redirect, which is never followed because it would carry the token away", status, operation)
    # A refusal that is not JSON comes from a proxy or a firewall: it knows nothing about token or record.
    raise error_for(status, _json_object(body, status, operation), operation)


def _path(operation: Operation, path_args: Mapping[str, str]) -> str:
    for name, value in path_args.items():
        # quote() leaves dots alone, and "/contacts/../x" is another address.
        if not value or not value.strip("."):
            raise ValueError(f"{operation.name} needs a {name}; {value!r} is not an id.")
    try:
        return operation.path.format_map({name: quote(value, safe="") for name, value in path_args.items()})
    except KeyError as missing:
        raise ValueError(f"{operation.name} needs a {missing.args[0]}.") from None


def _headers(operation: Operation, token: str | None) -> dict[str, str]:
    headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
    if operation.version is not None:
        headers["Version"] = operation.version
    if operation.bearer:
        if not token or not (token.isascii() and token.isprintable()) or " " in token:
            raise ValueError("The token is empty or holds characters that no token has; paste it again.")
        headers["Authorization"] = f"Bearer {token}"
    return headers


def _encoded(operation: Operation, body: Mapping[str, object] | None) -> bytes | None:
    if body is None:
        return None
    if operation.encoding is Encoding.FORM:
        return urlencode({name: str(value) for name, value in body.items()}).encode()
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _query_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _json_object(body: bytes, status: int, operation: Operation) -> dict[str, Any]:
    if not body.strip():
        _malformed("an empty body", status, operation)
    try:
        data = _decoded(body)
    except (ValueError, RecursionError):
        _malformed("a body that is not JSON, or cut off", status, operation)
    if not isinstance(data, dict):
        _malformed("JSON that is not an object", status, operation)
    return data


def _decoded(body: bytes) -> Any:
    """The fast decoder takes whole numbers beyond 64 bits for fractions, as the JavaScript that wrote them did.

    What it refuses, the lenient one may still read: a mark at the beginning, halves of surrogate pairs.
    """
    try:
        return orjson.loads(body)
    except ValueError:
        return DECODER.decode(body.decode("utf-8-sig", "surrogatepass"))


def _lenient_object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _require_shape(data: dict[str, Any], operation: Operation, status: int) -> None:
    if operation.listing and not isinstance(data.get(operation.listing), list):
        _malformed(f"a listing without its list {operation.listing!r}", status, operation)
    if operation.item and not isinstance(data.get(operation.item), dict):
        _malformed(f"an answer without its object {operation.item!r}", status, operation)


def _rate_limited(headers: Headers, body: bytes, operation: Operation) -> GhlError:
    reading = RateReading.from_headers(headers)
    refusal = read_refusal(_lenient_object(body))
    return RateLimited(
        refusal.text,
        daily=reading is not None and reading.daily_remaining == 0,
        retry_after=_pause(headers, reading),
        operation=operation.name,
        status=429,
        trace_id=refusal.trace_id,
    )


def _pause(headers: Headers, reading: RateReading | None) -> float | None:
    """Seconds to wait. Retry-After is undocumented there: honoured in seconds, its date form is not read."""
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked[:9]), LONGEST_PAUSE)
    # Room left in the window means that something else was refused: no reason to sit out a whole window.
    if reading is None or reading.interval_ms is None or reading.remaining:
        return None
    return reading.interval_ms / 1000


def _count(text: str | None) -> int | None:
    """A whole number that is not negative, or None: a header that makes no sense is no news."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _no_constants(name: str) -> NoReturn:
    raise ValueError(name)


# Made once, for every answer. NaN and Infinity are not JSON, and no database takes them back.
DECODER = json.JSONDecoder(parse_constant=_no_constants)


def _malformed(what: str, status: int, operation: Operation) -> NoReturn:
    raise MalformedAnswer(what, operation=operation.name, status=status)
