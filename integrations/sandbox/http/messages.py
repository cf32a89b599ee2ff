"""What passes between the socket, the gateway and the operations: requests, answers and the call in between."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

from integrations.sandbox.crm.records import Contact, Json
from integrations.sandbox.http.errors import bad_request, unprocessable

if TYPE_CHECKING:  # the world knows the operations, which know these classes
    from integrations.sandbox.crm.store import LocationStore
    from integrations.sandbox.oauth.tokens import Token
    from integrations.sandbox.world import World

V3: Final = "v3"


@dataclass(slots=True)
class Request:
    """An HTTP request as it arrived; header names are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def query_lists(self) -> list[tuple[str, str]]:
        return parse_qsl(self.target.partition("?")[2], keep_blank_values=True)

    def form(self) -> list[tuple[str, str]]:
        """The fields of a form-encoded body."""
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    def json(self) -> Json:
        """The JSON object in the body, {} for none. Refuses anything else as the API does."""
        if not self.body.strip():
            return {}
        try:
            parsed = json.loads(self.body)
        except ValueError as error:
            raise bad_request(f"Unexpected token in JSON: {error}") from None
        if not isinstance(parsed, dict):
            raise unprocessable("body must be an object")
        return parsed


@dataclass(slots=True)
class Reply:
    """An HTTP answer. `chunks` replaces the body where the whole would be too large to hold."""

    status: int
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: list[tuple[str, str]] = field(default_factory=list)
    chunks: Iterable[bytes] | None = None


@dataclass(slots=True)
class Answer:
    """What an operation says; `touched` names the records that a write changed, for the count of writes."""

    body: Json
    status: int = 200
    touched: tuple[str, ...] = ()


@dataclass(slots=True)
class Call:
    """One call of an operation by somebody who may make it."""

    world: "World"
    request: Request
    params: dict[str, str]
    version: str
    token: "Token | None" = None
    store_or_none: "LocationStore | None" = None
    _body: Json | None = None

    @property
    def is_v3(self) -> bool:
        return self.version == V3

    @property
    def now(self) -> int:
        return self.world.now()

    @property
    def store(self) -> "LocationStore":
        """The sub-account that the call is about."""
        if self.store_or_none is None:
            raise unprocessable("locationId can't be undefined")
        return self.store_or_none

    @property
    def body(self) -> Json:
        if self._body is None:
            self._body = self.request.json()
        return self._body

    def ask(self, instead: Json, *, in_body: bool) -> None:
        """Answer this instead of what was asked for."""
        path = self.request.path
        target = self.request.target if in_body else f"{path}?{urlencode(instead)}"
        self.request, self._body = replace(self.request, target=target), instead if in_body else None

    def contact(self) -> Contact:
        """The contact of the path; a missing or deleted one is a 400, somebody else's a 403."""
        return self.world.contact(self.store, self.params["contact_id"])

    def number(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        """A whole number of the query, refused with 422 outside its bounds."""
        raw = self.request.query.get(name)
        # An empty parameter is no parameter, as in most query parsers.
        if raw in (None, ""):
            return default
        if not str(raw).lstrip("-").isdigit():
            raise unprocessable(f"{name} must be a number string")
        value = int(str(raw))
        if value < least:
            raise unprocessable(f"{name} must not be less than {least}")
        if most is not None and value > most:
            raise unprocessable(f"{name} must not be greater than {most}")
        return value


def json_reply(status: int, body: Any, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """A JSON answer; non-ASCII text travels as UTF-8, as the vendor sends it."""
    return Reply(
        status, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), headers=list(headers)
    )
