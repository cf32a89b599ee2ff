"""The entry point that the web server loads: a request gets one of few worker threads only when its body is here.

Granian's own WSGI interface reads a body inside the worker thread, so two dozen senders that stop half-way would
hold every thread for as long as they like. Here bodies are read on the event loop, within limits of time and size.
Each lane has threads of its own: what webhooks and calls to a provider wait for, no page waits for.
"""

import asyncio
import re
import resource
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from config.wsgi import application as django_application

# From the first byte of a body to its last; the forms of this site are small, and so are webhooks.
BODY_SECONDS = 10.0
LARGEST_BODY = 1024 * 1024
# All bodies that are under way in one process: many slow senders must not fill the memory either.
LARGEST_TOTAL = 64 * 1024 * 1024
# More than these would wait longer than anybody waits for a page.
MOST_WAITING = 200
UNKNOWN = -1
JOINED_BY = {"cookie": "; "}
# The rest of a body that was not read would pass for the next request of the connection.
REFUSED_HEADERS = [("content-type", "text/plain; charset=utf-8"), ("connection", "close"), ("retry-after", "60")]


# Of ASGI: what is known of a request, how its body is taken, how an answer is given.
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Answer = tuple[int, list[tuple[str, str]], bytes]


class Refused(Exception):
    """A request that no worker thread gets to see: `status`, and a sentence for whoever sent it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass
class Lane:
    """Worker threads for the addresses that `pattern` matches; `waiting` counts those queued and those running.

    `when_full` is the status for what would wait too long.
    """

    name: str
    pattern: re.Pattern[str]
    threads: int
    when_full: int = 503
    waiting: int = 0
    pool: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self.pool = ThreadPoolExecutor(self.threads, thread_name_prefix=self.name)


def lanes() -> tuple[Lane, ...]:
    """The first whose pattern matches takes a request."""
    return (
        # GHL sends again after 429, and never after 503.
        Lane("webhooks", re.compile(r"/integrations/(webhook/?$|hooks/)"), 2, when_full=429),
        # Connecting, testing and disconnecting ask the provider, which may take its time. More threads than calls
        # that may be under way: the others tell people at once that there is no turn.
        Lane("callouts", re.compile(r"/integrations/|/connections/\d+/revoke/|/appointments/slots/"), 4),
        Lane("pages", re.compile(""), 4),
    )


class Front:
    """An ASGI application around a WSGI one. Everything here runs on the event loop, so counters need no locks."""

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        *,
        body_seconds: float = BODY_SECONDS,
        largest_total: int = LARGEST_TOTAL,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._application = application
        self._body_seconds, self._largest_total, self._most_waiting = body_seconds, largest_total, most_waiting
        self._lanes = lanes()
        self._held = 0  # bytes of bodies that are being read or answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()
        try:
            await self._read(scope, receive, body)
            status, headers, answer = await self._answer(scope, bytes(body))
        except Refused as refused:
            status, headers, answer = refused.status, REFUSED_HEADERS, f"{refused}\n".encode()
        finally:
            self._held -= len(body)
        pairs = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in headers]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": answer})

    async def _read(self, scope: Scope, receive: Receive, body: bytearray) -> None:
        """The whole body into `body`. Raises Refused where it is late, too large or cut off."""
        announced = _announced(scope)
        if announced > LARGEST_BODY:
            raise Refused(413, "The body is too large.")
        try:
            async with asyncio.timeout(self._body_seconds):
                await self._take(receive, body)
        except TimeoutError as error:
            raise Refused(408, "The body did not arrive in time.") from error
        if announced not in (len(body), UNKNOWN):
            raise Refused(400, "The body is shorter than its Content-Length.")

    async def _take(self, receive: Receive, body: bytearray) -> None:
        while True:
            message = await receive()
            if message["type"] != "http.request":
                # Half a form must not pass for a whole one.
                raise Refused(400, "The body was cut off.")
            chunk = message.get("body", b"")
            body += chunk
            self._held += len(chunk)
            self._check(len(body))
            if not message.get("more_body"):
                return

    def _check(self, length: int) -> None:
        if length > LARGEST_BODY:
            raise Refused(413, "The body is too large.")
        if self._held > self._largest_total:
            raise Refused(503, "Too much is being sent at the moment. Send this again in a minute.")

    async def _answer(self, scope: Scope, body: bytes) -> Answer:
        lane = next(lane for lane in self._lanes if lane.pattern.match(scope["path"]))
        if lane.waiting >= self._most_waiting:
            raise Refused(lane.when_full, "Too many requests wait. Try again in a minute.")
        lane.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(lane.pool, self._run, scope, body)
        finally:
            lane.waiting -= 1

    def _run(self, scope: Scope, body: bytes) -> Answer:
        started: list[tuple[int, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            started[:] = [(int(status[:3]), [(name.lower(), text) for name, text in headers])]

        chunks = self._application(environ_of(scope, body), start_response)
        try:
            answer = b"".join(chunks)
        finally:
            if close := getattr(chunks, "close", None):
                close()
        return (*started[0], answer)


def _announced(scope: Scope) -> int:
    """The length that a request announces, else UNKNOWN. Raises Refused for what is no length."""
    said = next((text for name, text in scope["headers"] if name == b"content-length"), b"")
    if not said:
        return UNKNOWN
    if not said.isdigit():
        raise Refused(400, "The length of the body cannot be read.")
    return int(said) if len(said) < 19 else LARGEST_BODY + 1  # Python refuses to read thousands of digits


def environ_of(scope: Scope, body: bytes) -> dict[str, Any]:
    """The request as WSGI has it, with the length that the body really has, chunked or not.

    A name with an underscore is left out: it would pass for the one with dashes, which only a proxy may set.
    """
    server, client = (scope.get(side) or ("", "") for side in ("server", "client"))
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0].strip("[]"),
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_text in scope["headers"]:
        # As WSGI has it: bytes as they came, whatever they mean.
        name, text = raw_name.decode("latin-1"), raw_text.decode("latin-1")
        if "_" in name or name in ("content-length", "transfer-encoding"):
            continue
        key = name.upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        environ[key] = f"{environ[key]}{JOINED_BY.get(name, ',')}{text}" if key in environ else text
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def allow_many_connections() -> None:
    """Each idle connection is a socket: where the system allows more of them than it gives, take them."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


allow_many_connections()
application = Front(django_application)
