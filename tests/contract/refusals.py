"""Spoils good requests one way at a time and sends them again, to hear how each operation refuses."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from string import Formatter
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from integrations.ghl.client import OPERATIONS, HttpRequest, Operation
from tests.contract.exchanges import Exchange
from tests.contract.scenario import Visit

BY_ID_ALONE = {
    *("get_appointment", "update_appointment", "free_slots"),
    *("get_business", "get_opportunity", "get_message", "get_email"),
}
NOBODY = "nobodyHasThisId00000"
OUTSIDE_OF_ACCOUNTS = {"search_users", "get_user", "location_token", "installed_locations", "uninstall"}
"""They belong to the company: no sub-account's token is a stranger's there."""

NOT_TWICE = {"create_contact", "create_appointment"}
"""The address is somebody's by then, and the slot is taken."""

WITHOUT_SUCH_A_REFUSAL = {"uninstall"}
"""No specification says how it refuses."""


def provoke(visit: Visit) -> None:
    """Every operation's refusals, each from its first good request. All are refused, so nothing changes."""
    for good in list(first_good(visit.recorder.exchanges)):
        operation = OPERATIONS[visit.generation][good.operation]
        for spoilt in _spoilt(visit, operation, good.request):
            visit.recorder.send_by_hand(operation.name, spoilt, honest=False)
        # Scripted and not provoked by speed: a real limit would slow the whole test down.
        visit.sandbox.admin("next", {"operation": operation.name, "answers": ["429"]})
        visit.recorder.send_by_hand(operation.name, good.request, honest=False)
    _ask_for_an_unknown_app(visit)


def first_good(exchanges: Iterable[Exchange]) -> Iterator[Exchange]:
    """The first exchange of each operation that succeeded."""
    seen = set()
    for exchange in exchanges:
        if exchange.succeeded and exchange.operation not in seen:
            seen.add(exchange.operation)
            yield exchange


def expected_statuses(operation: Operation) -> set[int]:
    """The refusals that the spoilt requests of this operation must have met."""
    expected = {429}
    if operation.bearer:
        expected.add(401)
    if names_a_record(operation) or operation.name in NOT_TWICE | {"search_contacts"}:
        expected.add(400)
    if takes_a_body(operation):
        expected.add(422)
    if operation.bearer and operation.name not in OUTSIDE_OF_ACCOUNTS and not _read_by_id_alone(operation):
        expected.add(403)
    return expected


def names_a_record(operation: Operation) -> bool:
    return bool(_record_places(operation))


def takes_a_body(operation: Operation) -> bool:
    return operation.method in ("POST", "PUT") or operation.name == "uninstall"


def _read_by_id_alone(operation: Operation) -> bool:
    """Nothing in such a request names a sub-account, so a stranger's record is simply not found (400)."""
    return operation.name in BY_ID_ALONE


def _record_places(operation: Operation) -> list[str]:
    names = [name for _, name, _, _ in Formatter().parse(operation.path) if name]
    return [name for name in names if name not in ("location_id", "app_id")]


def _spoilt(visit: Visit, operation: Operation, good: HttpRequest) -> Iterator[HttpRequest]:
    if operation.bearer:
        yield _with_token(good, "pit-revoked")
    if operation.bearer and operation.name not in OUTSIDE_OF_ACCOUNTS:
        yield _with_token(good, visit.sandbox.info()["locations"][1]["pit"])
    if names_a_record(operation):
        yield _about_nobody(operation, good)
    if takes_a_body(operation):
        yield _with_unknown_key(good)
    if operation.name in NOT_TWICE:
        yield good
    if operation.name == "search_contacts":
        yield _sorted_by_nonsense(good)
    if operation.name in ("search_users", "installed_locations"):
        yield _with_query(good, lambda name, value: "many" if name in ("limit", "pageSize") else value)


def _ask_for_an_unknown_app(visit: Visit) -> None:
    good = next(found for found in visit.recorder.exchanges if found.operation == "installed_locations")
    company = visit.sandbox.admin("pit", {"company": True})["pit"]
    spoilt = _with_query(good.request, lambda name, value: NOBODY if name == "appId" else value)
    visit.recorder.send_by_hand(good.operation, _with_token(spoilt, company), honest=False)


def _with_token(request: HttpRequest, token: str) -> HttpRequest:
    return replace(request, headers={**request.headers, "Authorization": f"Bearer {token}"})


def _about_nobody(operation: Operation, request: HttpRequest) -> HttpRequest:
    """The same request with an id that nobody has in the place of each record's."""
    parts = urlsplit(request.url)
    given, template = parts.path.split("/"), operation.path.split("/")
    records = {"{" + name + "}" for name in _record_places(operation)}
    path = "/".join(NOBODY if part in records else value for part, value in zip(template, given, strict=True))
    return replace(request, url=urlunsplit(parts._replace(path=path)))


def _with_unknown_key(request: HttpRequest) -> HttpRequest:
    body = (request.body or b"").decode()
    if request.headers.get("Content-Type") == "application/json":
        return replace(request, body=json.dumps({**json.loads(body), "horoscope": "Leo"}).encode())
    return replace(request, body=f"{body}&horoscope=Leo".encode())


def _sorted_by_nonsense(request: HttpRequest) -> HttpRequest:
    body = json.loads(request.body or b"{}") | {"sort": [{"field": "horoscope", "direction": "asc"}]}
    return replace(request, body=json.dumps(body).encode())


def _with_query(request: HttpRequest, change: Callable[[str, str], str]) -> HttpRequest:
    parts = urlsplit(request.url)
    query = urlencode([(name, change(name, value)) for name, value in parse_qsl(parts.query)])
    return replace(request, url=urlunsplit(parts._replace(query=query)))
