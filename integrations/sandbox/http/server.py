"""The HTTP server: a thread for each connection, keep-alive, and sockets that can be cut on purpose."""

import contextlib
import socket
import struct
import sys
import traceback
from email.utils import formatdate
from http import HTTPStatus
from socketserver import BaseRequestHandler, ThreadingTCPServer

from integrations.sandbox.admin.api import Admin
from integrations.sandbox.http.gateway import Gateway, Transmission
from integrations.sandbox.http.messages import Reply, Request, json_reply
from integrations.sandbox.oauth.consent import PATHS as CONSENT_PATHS
from integrations.sandbox.oauth.consent import consent
from integrations.sandbox.world import World

_IDLE_SECONDS = 120
_LARGEST_BODY = 16 * 1024 * 1024
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class SandboxServer(ThreadingTCPServer):
    """Serves one world. http.server is not used: its header parsing costs more than most answers here."""

    daemon_threads = True
    # Tests restart on the same port within a second.
    allow_reuse_address = True
    request_queue_size = 512

    def __init__(self, address: tuple[str, int], world: World) -> None:
        self.world, self.gateway, self.admin = world, Gateway(world), Admin(world)
        super().__init__(address, Connection)

    def answer(self, request: Request, peer: str) -> Transmission:
        """Sends the request to the admin API, the consent page or the API."""
        path = request.path
        if path.startswith("/_admin/"):
            return Transmission(self.admin.handle(request, peer))
        if path.rstrip("/") in CONSENT_PATHS:
            return Transmission(consent(self.world, request))
        return self.gateway.handle(request)


class Connection(BaseRequestHandler):
    """Reads requests and writes replies until one side has enough."""

    server: SandboxServer
    request: socket.socket

    def handle(self) -> None:
        # Small answers must not wait for the client's delayed ACK.
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request.settimeout(_IDLE_SECONDS)
        # What arrived beyond one request belongs to the next: clients may pipeline.
        self._buffer = b""
        with contextlib.suppress(OSError):  # the client may leave at any time
            try:
                while self._serve_one():
                    pass
            except ValueError:
                self._send(json_reply(400, {"message": "This is not an HTTP/1.1 request."}), keep=False)

    def _serve_one(self) -> bool:
        """One request; False when the connection is over."""
        request = self._read()
        if request is None:
            return False
        try:
            sent = self.server.answer(request, self.client_address[0])
        except Exception:  # noqa: BLE001 - printed with its trace
            # A mistake of the sandbox must look like one, and never like an answer of the API.
            print(traceback.format_exc(), file=sys.stderr)  # noqa: T201 - the log of a process
            sent = Transmission(json_reply(599, {"message": "The sandbox itself failed; its log tells where."}))
        # HTTP/1.1 keeps the line open unless told otherwise; 1.0 clients are not served specially.
        keep = request.headers.get("connection", "").lower() != "close"
        return self._deliver(sent, keep=keep) and keep

    def _read(self) -> Request | None:
        head = self._until(b"\r\n\r\n")
        if head is None:
            return None
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length") or 0)
        if length > _LARGEST_BODY or "chunked" in headers.get("transfer-encoding", ""):
            self._send(json_reply(413, {"message": "Send a Content-Length of at most 16 MB."}), keep=False)
            return None
        return Request(method, target, headers, self._exactly(length))

    def _until(self, mark: bytes) -> bytes | None:
        while mark not in self._buffer:
            data = self.request.recv(65536)
            if not data:
                return None
            self._buffer += data
        head, _, self._buffer = self._buffer.partition(mark)
        return head

    def _exactly(self, length: int) -> bytes:
        while len(self._buffer) < length:
            data = self.request.recv(65536)
            if not data:
                break
            self._buffer += data
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return body

    def _deliver(self, sent: Transmission, *, keep: bool) -> bool:
        """Sends the reply in its manner; False when the connection must end."""
        match sent.manner:
            case "reset":
                # Closing with lingering off sends RST instead of FIN.
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.request.close()
                return False
            case "lost":
                return False
            case "truncated":
                # The header promises the whole length; the body ends in the middle.
                head, body = self._rendered(sent.reply, keep=False)
                self.request.sendall(head + body[: len(body) // 2])
                return False
            case _:
                self._send(sent.reply, keep=keep)
                return True

    def _send(self, reply: Reply, *, keep: bool) -> None:
        if reply.chunks is None:
            head, body = self._rendered(reply, keep=keep)
            self.request.sendall(head + body)
            return
        head = self._head(reply, "Transfer-Encoding: chunked", keep=keep)
        self.request.sendall(head)
        for chunk in reply.chunks:
            self.request.sendall(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        self.request.sendall(b"0\r\n\r\n")

    def _rendered(self, reply: Reply, *, keep: bool) -> tuple[bytes, bytes]:
        return self._head(reply, f"Content-Length: {len(reply.body)}", keep=keep), reply.body

    def _head(self, reply: Reply, framing: str, *, keep: bool) -> bytes:
        lines = [
            f"HTTP/1.1 {reply.status} {_PHRASES.get(reply.status, 'Unknown')}",
            f"Content-Type: {reply.content_type}",
            f"Date: {formatdate(self.server.world.clock(), usegmt=True)}",
            framing,
            f"Connection: {'keep-alive' if keep else 'close'}",
            *(f"{name}: {value}" for name, value in reply.headers),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
