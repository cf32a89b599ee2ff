"""Compares one exchange with the published specification and with our own schemas; says what differs, and where.

A difference reads `request body searchAfter: undocumented` or `answer 200 contacts[].phone: type`: part, place,
and the rule that was broken (a keyword of JSON Schema, `missing`, `undocumented`, `blank`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from tests.contract import own_schemas
from tests.contract.exchanges import Exchange
from tests.contract.specification import Json, Route, Specification, is_blank

_FORM = "application/x-www-form-urlencoded"
_FORMATS = FormatChecker(formats=())


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One thing that one operation of one generation does other than published."""

    generation: str
    operation: str
    what: str


def differences(exchange: Exchange, specification: Specification) -> set[Difference]:
    """Everything that differs in this exchange, on both sides of the wire."""
    route = specification.route(exchange.method, exchange.path)
    found = [*_of_request(exchange, route), *_of_answer(exchange, route)]
    return {Difference(exchange.generation, exchange.operation, what) for what in found}


def mismatches(instance: Any, schema: Json) -> Iterator[str]:
    """Where the instance breaks the schema, as `place: rule`; list positions are written []."""
    for error in Draft202012Validator(schema, format_checker=_FORMATS).iter_errors(instance):
        yield from _named(error)


def _of_request(exchange: Exchange, route: Route | None) -> Iterator[str]:
    if not exchange.honest:
        return
    body = _body_sent(exchange)
    if exchange.operation in own_schemas.REQUESTS:
        # Reported under a name of its own: no row of the table may excuse these.
        schema = own_schemas.REQUESTS[exchange.operation]
        yield from _at("our schema, request body", mismatches(body, schema))
    if route is None:
        yield "route: unpublished"
        return
    yield from _query(exchange, route)
    yield from _headers(exchange, route)
    yield from _body(exchange, route, body)


def _query(exchange: Exchange, route: Route) -> Iterator[str]:
    known = route.parameters_in("query")
    sent: dict[str, list[str]] = {}
    for name, value in exchange.query:
        sent.setdefault(name, []).append(value)
    for name, values in sent.items():
        if name not in known:
            yield f"request query {name}: undocumented"
        else:
            value = _typed(values, known[name]["schema"])
            yield from _at(f"request query {name}", mismatches(value, known[name]["schema"]))
    for name, parameter in known.items():
        if parameter.get("required") and name not in sent:
            yield f"request query {name}: missing"


def _headers(exchange: Exchange, route: Route) -> Iterator[str]:
    known, sent = route.parameters_in("header"), exchange.request.headers
    for name, parameter in known.items():
        if name in sent:
            yield from _at(f"request header {name}", mismatches(sent[name], parameter["schema"]))
        elif parameter.get("required"):
            yield f"request header {name}: missing"
    # The one header of ours that the API gives a meaning.
    if "Version" in sent and "Version" not in known:
        yield "request header Version: undocumented"
    if route.needs_token and not sent.get("Authorization", "").startswith("Bearer "):
        yield "request header Authorization: missing"


def _body(exchange: Exchange, route: Route, body: Any) -> Iterator[str]:
    if body is None:
        if route.body_required:
            yield "request body: missing"
        return
    content_type = exchange.request.headers.get("Content-Type", "")
    if content_type not in route.bodies:
        yield f"request body of {content_type}: undocumented"
        return
    schema = route.bodies[content_type]
    if is_blank(schema):
        yield "request body: blank"
        if exchange.operation not in own_schemas.REQUESTS:
            yield "request body: blank, and there is no schema of ours"
    else:
        yield from _at("request body", mismatches(body, schema or {}))


def _of_answer(exchange: Exchange, route: Route | None) -> Iterator[str]:
    answer, status = json.loads(exchange.response.body), exchange.response.status
    part = f"answer {status}"
    ours = _our_schema(exchange)
    if ours is not None:
        yield from _at(f"our schema, {part}", mismatches(answer, ours))
    if route is None:
        return
    if status not in route.answers:
        yield f"{part}: undocumented"
    published = route.answers[status] if status in route.answers else _only_success(exchange, route)
    if published is None:
        # A refusal that no operation documents is held against ours alone.
        if ours is None:
            yield f"{part}: undocumented, and there is no schema of ours"
        return
    yield from _body_answered(part, exchange, published, answer, has_ours=ours is not None)


def _body_answered(
    part: str, exchange: Exchange, published: Mapping[str, Json | None], answer: Any, *, has_ours: bool
) -> Iterator[str]:
    kind = exchange.response.headers.get("content-type", "").partition(";")[0]
    schema = published.get(kind)
    if published and kind not in published:
        yield f"{part} of {kind}: undocumented"
    elif is_blank(schema):
        yield f"{part}: blank"
        if not has_ours:
            yield f"{part}: blank, and there is no schema of ours"
    else:
        yield from _at(part, mismatches(answer, schema or {}))


def _our_schema(exchange: Exchange) -> Json | None:
    status = exchange.response.status
    if exchange.succeeded:
        return own_schemas.ANSWERS.get(exchange.operation)
    if exchange.operation == "token" and status in (400, 401):
        return own_schemas.TOKEN_REFUSAL
    return own_schemas.REFUSALS.get(status)


def _only_success(exchange: Exchange, route: Route) -> Mapping[str, Json | None] | None:
    """The published good answer, for one that came with another good status."""
    good = [answer for status, answer in route.answers.items() if 200 <= status < 300]
    return good[0] if exchange.succeeded and len(good) == 1 else None


def _body_sent(exchange: Exchange) -> Any:
    body = exchange.request.body
    if body is None:
        return None
    is_form = exchange.request.headers.get("Content-Type") == _FORM
    return dict(parse_qsl(body.decode(), keep_blank_values=True)) if is_form else json.loads(body)


def _typed(values: list[str], schema: Json) -> Any:
    """Query texts as the type that the parameter has; a text that is not of that type stays a text."""
    match schema.get("type"):
        case "array":
            return values
        case "number" | "integer" if values[0].lstrip("-").isdigit():
            return int(values[0])
        case "boolean" if values[0] in ("true", "false"):
            return values[0] == "true"
        case _:
            return values[0]


def _at(part: str, found: Iterable[str]) -> Iterator[str]:
    """The differences with the part of the exchange in front."""
    return (f"{part}{what}" if what.startswith(":") else f"{part} {what}" for what in found)


def _named(error: ValidationError) -> Iterator[str]:
    instance: Any = error.instance
    rule: Any = error.validator_value
    if error.validator == "additionalProperties":
        schema: Any = error.schema
        yield from (
            f"{_place(error, key)}: undocumented" for key in set(instance) - set(schema.get("properties", ()))
        )
    elif error.validator == "required":
        yield from (f"{_place(error, key)}: missing" for key in rule if key not in instance)
    else:
        yield f"{_place(error)}: {error.validator}"


def _place(error: ValidationError, key: str = "") -> str:
    steps = ["[]" if isinstance(step, int) else f".{step}" for step in error.absolute_path]
    return "".join([*steps, *([f".{key}"] if key else [])]).removeprefix(".")


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None
