"""Bodies: forms, multipart with and without their ends, JSON, and events as GHL signs them."""

import random
from urllib.parse import urlencode

from tests.access.fuzz import odd
from tests.access.fuzz.asked import Asked
from tests.access.world import World
from tests.ghl.signing import Signer

GHL = Signer()
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=edge"
EVENTS = ["ContactUpdate", "NoteCreate", "TaskComplete", "AppointmentUpdate", "INSTALL", "UNINSTALL", "Other", ""]
EVENT_FIELDS = [
    "id",
    "contactId",
    "webhookId",
    "appId",
    "companyId",
    "title",
    "timestamp",
    "data",
    "appointment",
    "type",
]

Fields = list[tuple[str, str]]


def form(chance: random.Random, asked: Asked, fields: Fields) -> None:
    """An ordinary form, as a browser sends it."""
    if chance.random() < 0.7:
        asked.content_type, asked.body = FORM, _urlencoded(fields)
    else:
        asked.content_type, asked.body = MULTIPART, _multipart(fields)


def event(chance: random.Random, asked: Asked, world: World) -> None:
    """An event of a connected sub-account, signed or not, with something odd in it."""
    told = {"type": chance.choice(EVENTS), "locationId": world.workspace.connections.get().external_id}
    told |= {"webhookId": str(chance.random()), "id": "r1", "timestamp": "2026-11-20T10:00:00Z"}
    for _ in range(chance.randint(0, 3)):
        told[chance.choice(EVENT_FIELDS)] = odd.anything(chance)
    asked.method, asked.content_type, asked.body = "POST", "application/json", odd.as_json(chance, told)
    header = chance.choice(["X-GHL-Signature", "X-GHL-Signature", "X-GHL-Signature", "X-WH-Signature"])
    asked.headers[header] = GHL.sign(asked.body) if chance.random() < 0.8 else odd.text(chance)


def odd_type(chance: random.Random, asked: Asked) -> None:
    """A content type that does not fit, or a charset that is none."""
    if chance.random() < 0.5:
        asked.content_type = chance.choice(odd.PLAIN_TYPES)
    else:
        first = chance.choice([FORM, MULTIPART, "application/json", "text/plain"])
        asked.content_type = f"{first}; charset={chance.choice(odd.CHARSETS)}"


def odd_body(chance: random.Random, asked: Asked, fields: Fields) -> None:
    """A body that its content type does not promise."""
    asked.method = chance.choice(["POST", "POST", "POST", "PUT", "DELETE", "GET"])
    kind = chance.choice(["json", "many", "files", "cut", "broken", "big", "raw"])
    if kind == "json":
        asked.content_type, asked.body = "application/json", odd.as_json(chance, odd.anything(chance))
    elif kind == "many":
        asked.content_type, asked.body = FORM, b"&".join(b"a%d=1" % number for number in range(2000))
    elif kind == "files":
        asked.content_type, asked.body = MULTIPART, _files(chance, 150)
    elif kind == "cut":
        whole = _multipart([*fields, ("a", "b")])
        asked.content_type, asked.body = MULTIPART, whole[: chance.randrange(len(whole))]
    elif kind == "broken":
        asked.content_type, asked.body = MULTIPART, chance.choice(_BROKEN)
    elif kind == "big" and chance.random() < 0.1:
        asked.content_type, asked.body = FORM, b"a=" + b"x" * 3_000_000
    else:
        asked.content_type, asked.body = FORM, chance.randbytes(chance.randint(0, 200))


def _urlencoded(fields: Fields) -> bytes:
    pairs = [(name, value.encode("utf-8", "surrogatepass")) for name, value in fields]
    return urlencode(pairs).encode()


def _part(name: str, value: str, more: str = "") -> bytes:
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode("utf-8", "surrogatepass") + value.encode("utf-8", "surrogatepass") + b"\r\n"


def _multipart(fields: Fields) -> bytes:
    return b"".join(_part(name, value) for name, value in fields) + b"--edge--\r\n"


def _files(chance: random.Random, most: int) -> bytes:
    names = [
        '; filename="a.txt"',
        '; filename="../../x"',
        '; filename=""',
        '; filename="\x00"',
        "; filename*=hex''zz",
        "; filename*=utf-8''%ff",
    ]
    count = most if chance.random() < 0.2 else 2
    return b"".join(_part(f"f{n}", "x", chance.choice(names)) for n in range(count)) + b"--edge--\r\n"


def _odd_part(head: bytes) -> bytes:
    return b"--edge\r\nContent-Disposition: form-data; " + head + b"\r\n\r\nA\r\n--edge--\r\n"


_BROKEN = [
    _odd_part(b'name="a"\r\nContent-Transfer-Encoding: base64'),
    _odd_part(b'name="a"; filename="x"\r\nContent-Transfer-Encoding: base64'),
    _odd_part(b'name="a"; filename="x"\r\nContent-Type: text/plain; charset=hex'),
    _odd_part(b'name="a"; filename="x"\r\nContent-Length: x'),
    _odd_part(b"name*=hex''00"),
    _odd_part(b"name*=nonsense'x'%00"),
    _odd_part(b'name="a"\r\nX-Long: ' + b"h" * 5000),
    b"--edge\r\n\r\n\r\n--edge\r\n--edge--",
    b"--edge",
    b"\x00" * 100,
]
