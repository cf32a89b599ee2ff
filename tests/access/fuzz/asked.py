"""One request as it goes over the wire, and its translation into what a WSGI server hands on."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

TOKEN = "t0" * 16  # a CSRF token that cookie and header agree on


@dataclass
class Asked:
    """`path` and `query` are percent-encoded. `length` overrides what Content-Length says of the body."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    content_type: str = ""
    body: bytes = b""
    length: str | None = None

    def environ(self) -> dict[str, Any]:
        """As PEP 3333 has it: bytes as latin-1 texts."""
        headers = {"Host": "127.0.0.1:8000", "Cookie": _cookies(self.cookies)} | self.headers
        return {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(self.path.encode("utf-8", "surrogatepass")).decode("latin-1"),
            "QUERY_STRING": _as_bytes(self.query),
            "CONTENT_TYPE": _as_bytes(self.content_type),
            "CONTENT_LENGTH": str(len(self.body)) if self.length is None else self.length,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(self.body),
            "wsgi.errors": BytesIO(),
            "wsgi.version": (1, 0),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **{"HTTP_" + name.upper().replace("-", "_"): _as_bytes(text) for name, text in headers.items()},
        }


def _cookies(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def _as_bytes(text: str) -> str:
    # Half a surrogate pair goes out as the three bytes that some clients make of it.
    return text.encode("utf-8", "surrogatepass").decode("latin-1")
