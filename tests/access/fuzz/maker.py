"""Makes requests: each is an ordinary one for some address, then made odd in one to three ways."""

import base64
import json
import random
from collections.abc import Callable
from typing import Any

from tests.access.addresses import every_address
from tests.access.fuzz import bodies, odd
from tests.access.fuzz.asked import TOKEN, Asked
from tests.access.world import World
from tests.conftest import PASSWORD

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "PROPFIND"]
# What the views read from an address or a form.
FIELDS = [
    "q", "tag", "owner", "account", "sort", "cursor", "kind", "seen", "failures",
    "after", "before", "writes_before", "period", "show", "workspace", "write", "state", "code",
    "error", "next", "on", "cache", "name", "now", "full", "theme", "access",
    "agency", "location_id", "token", "may_write", "locations", "login", "password", "remember", "email",
    "action", "oldpassword", "password1", "password2", "uid", "key", "id",
]  # fmt: skip

# What a form of ours is sent with; one field of it, at least, is then often odd.
FORMS = {
    "/account/login/": ["login=rep@example.com", f"password={PASSWORD}", "remember=on"],
    "/account/reauthenticate/": [f"password={PASSWORD}"],
    "/account/password/change/": [
        f"oldpassword={PASSWORD}",
        "password1=one two three 4",
        "password2=one two three 4",
    ],
    "/account/password/reset/": ["email=rep@example.com"],
    "/connections/{workspace_id}/revoke/": ["cache=delete", "name=Cedar North"],
    "/connections/{workspace_id}/streams/{stream}/": ["on=0"],
    "/integrations/connect/": ["access=write", "agency=on"],
    "/integrations/connect/token/": ["location_id=abcdefghij", "token=pit-1"],
}


class Maker:
    """Draws the requests of one person. The same seed makes the same requests."""

    def __init__(self, chance: random.Random, world: World, sessions: list[str]) -> None:
        """`sessions` are the keys of the person's sessions, empty for a visitor."""
        self.chance, self.world, self.sessions = chance, world, sessions
        self.addresses = every_address()

    def make(self) -> Asked:
        asked = self._ordinary()
        for _ in range(self.chance.choice([1, 1, 1, 2, 3])):
            self.chance.choice(self._WAYS)(self, asked)
        return asked

    def _ordinary(self) -> Asked:
        chance = self.chance
        address = chance.choice(self.addresses)
        asked = Asked(chance.choice(["GET", "GET", "POST"]), address.format_map(_Parts(self)))
        asked.cookies["csrftoken"] = asked.headers["X-CSRFToken"] = TOKEN
        if self.sessions:
            asked.cookies["sessionid"] = chance.choice(self.sessions)
        if chance.random() < 0.4:
            asked.headers["HX-Request"] = "true"
        if asked.method == "POST":
            bodies.form(chance, asked, self._form(address))
        if address.endswith("/webhook/") and chance.random() < 0.8:
            bodies.event(chance, asked, self.world)
        return asked

    def part(self, name: str) -> str:
        """What stands for a part of an address: mostly what exists here, or in the other workspace."""
        chance = self.chance
        if chance.random() < 0.75:
            place = self.world.known if chance.random() < 0.8 else self.world.foreign
            return str(place.get(name, "1"))
        return chance.choice(["0", "1", "999999999", str(2**63 - 1), str(2**63), "9" * 400])

    def _form(self, address: str) -> list[tuple[str, str]]:
        usual = [(name, value) for name, _, value in (text.partition("=") for text in FORMS.get(address, []))]
        odd_ones = [(name, self._value() if self.chance.random() < 0.25 else value) for name, value in usual]
        return odd_ones + (self._fields() if self.chance.random() < 0.5 else [])

    def _fields(self) -> list[tuple[str, str]]:
        chance = self.chance
        return [(chance.choice(FIELDS), self._value()) for _ in range(chance.randint(0, 4))]

    def _value(self) -> str:
        chance = self.chance
        if chance.random() < 0.3:
            return self._cursor()
        if chance.random() < 0.3:
            return chance.choice(
                [str(value) for value in self.world.known.values()] + ["1", "on", "delete", "Cedar North"]
            )
        return odd.text(chance)

    def _cursor(self) -> str:
        chance = self.chance
        parts: list[Any] = [
            chance.choice([odd.anything(chance), chance.choice(odd.MOMENTS), None, "2026-11-20T10:00:00+00:00"])
        ]
        parts += [chance.choice([1, 0, -1, 2**63 - 1, 2**63, True, "1", 1.5, None])]
        return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")

    # Ways to make a request odd ------------------------------------------------------------------------------

    def _query(self, asked: Asked) -> None:
        pairs = self._fields() or [("q", odd.text(self.chance))]
        asked.query = "&".join(f"{name}={odd.encoded(self.chance, value)}" for name, value in pairs)

    def _long_query(self, asked: Asked) -> None:
        chance = self.chance
        name = chance.choice(FIELDS)
        asked.query = chance.choice(
            [
                f"{name}=" + "x" * 10_000,
                f"{name}=1&" * 900,
                f"{name}=1&" * 1100,
                f"{name}[]=1&{name}[a]=2",
                "&&&===%%%",
                f"{name}",
            ]
        )

    def _method(self, asked: Asked) -> None:
        asked.method = self.chance.choice(METHODS)

    def _header(self, asked: Asked) -> None:
        name = self.chance.choice(list(odd.ODD_HEADERS))
        asked.headers[name] = self.chance.choice(odd.ODD_HEADERS[name])

    def _cookie(self, asked: Asked) -> None:
        name = self.chance.choice(list(odd.ODD_COOKIES))
        asked.cookies[name] = self.chance.choice(odd.ODD_COOKIES[name])

    def _path(self, asked: Asked) -> None:
        chance = self.chance
        asked.path = chance.choice(
            [
                asked.path.removesuffix("/"),
                "/" + asked.path,
                "//evil.example" + asked.path,
                asked.path + "..%2f",
                asked.path + odd.encoded(chance, odd.text(chance)),
                asked.path.replace("/", "/./", 1),
                asked.path.upper(),
                "/static/" + odd.encoded(chance, odd.text(chance)),
                "/" + "a/" * 4000,
                asked.path + "%00",
            ]
        )

    def _content(self, asked: Asked) -> None:
        bodies.odd_type(self.chance, asked)

    def _body(self, asked: Asked) -> None:
        bodies.odd_body(self.chance, asked, self._fields())

    def _length(self, asked: Asked) -> None:
        asked.length = self.chance.choice(
            ["", "-1", "x", "0", "1", str(len(asked.body) + 10), str(2**63), "9" * 5000, "٣"]
        )

    _WAYS: list[Callable[["Maker", Asked], None]] = [
        _query, _query, _query, _query, _long_query, _method, _header, _header, _header, _header, _cookie, _cookie,
        _content, _content, _body, _body, _length, _path,
    ]  # fmt: skip


class _Parts(dict[str, str]):
    """Draws each part of an address when it is asked for."""

    def __init__(self, maker: Maker) -> None:
        super().__init__()
        self.maker = maker

    def __missing__(self, name: str) -> str:
        return self.maker.part(name)
