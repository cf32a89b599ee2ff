"""The transport against a real server on this machine: what arrives, which failures may have been delivered."""

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from integrations.ghl.client import HttpRequest, PooledTransport
from integrations.ghl.client.errors import ConnectionFailed, Timeout


class Handler(BaseHTTPRequestHandler):
    """Behaves as its path says and remembers what it was sent."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, dict[str, str], bytes]]
    callers: set[tuple[str, int]]

    def do_POST(self) -> None:
        self.callers.add(self.client_address)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((self.path, dict(self.headers), body))
        getattr(self, "answer_" + self.path.rsplit("/", 1)[1])()

    do_GET = do_PUT = do_POST

    def answer_good(self) -> None:
        self.send_response(201)
        self.send_header("Set-Cookie", "who=first; Path=/")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def answer_moved(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/good")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer_cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"contacts": [')
        self.close_connection = True

    def answer_hangup(self) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def answer_silent(self) -> None:
        self.server.released.wait(20)  # type: ignore[attr-defined]
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    handler = type("Remembering", (Handler,), {"seen": [], "callers": set()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.released = threading.Event()  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.released.set()  # type: ignore[attr-defined]
        server.shutdown()


def request(server, path, body=None, method="POST"):
    headers = {"Authorization": "Bearer pit-secret", "Version": "v3"}
    return HttpRequest(method, f"http://127.0.0.1:{server.server_port}{path}", headers, body)


@contextmanager
def failing(kind, *, sent):
    with pytest.raises(ConnectionFailed) as failed:
        yield
    assert type(failed.value) is kind
    assert failed.value.sent is sent
    # Neither address nor token may be in a text that is logged.
    assert "127.0.0.1" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__


def test_request_and_response_pass_unchanged(server):
    response = PooledTransport().send(request(server, "/good", b'{"a":1}'), timeout=5)

    ((path, headers, body),) = server.RequestHandlerClass.seen
    assert (path, body, headers["Version"]) == ("/good", b'{"a":1}', "v3")
    assert (response.status, response.body) == (201, b"{}")


def test_a_proxy_serves_the_outside_world_and_netrc_does_not_replace_the_token(server, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password else")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.delenv("no_proxy", raising=False)
    outside = HttpRequest("GET", "http://api.example/good", {"Authorization": "Bearer pit-secret"}, None)

    PooledTransport().send(outside, timeout=5)

    ((path, headers, _),) = server.RequestHandlerClass.seen
    assert path == "http://api.example/good"
    assert headers["Authorization"] == "Bearer pit-secret"


def test_a_proxy_is_not_asked_for_this_machine(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)

    assert PooledTransport().send(request(server, "/good"), timeout=5).status == 201


def test_no_cookie_of_one_account_reaches_the_next(server):
    transport = PooledTransport()

    transport.send(request(server, "/good"), timeout=5)
    transport.send(request(server, "/good"), timeout=5)

    assert not any("Cookie" in headers for _, headers, _ in server.RequestHandlerClass.seen)


def test_a_redirect_is_handed_back(server):
    assert PooledTransport().send(request(server, "/moved"), timeout=5).status == 302
    assert len(server.RequestHandlerClass.seen) == 1


@pytest.mark.parametrize("path", ["/cut", "/hangup"])
def test_a_broken_answer_may_have_been_delivered(server, path):
    with failing(ConnectionFailed, sent=True):
        PooledTransport().send(request(server, path), timeout=5)


def test_a_write_is_sent_once_even_when_a_kept_connection_breaks(server):
    transport = PooledTransport()
    transport.send(request(server, "/good", method="GET"), timeout=5)

    with failing(ConnectionFailed, sent=True):
        transport.send(request(server, "/hangup", b"{}", method="PUT"), timeout=5)

    assert [path for path, _, _ in server.RequestHandlerClass.seen] == ["/good", "/hangup"]


def test_silence_may_have_been_delivered(server):
    with failing(Timeout, sent=True):
        PooledTransport().send(request(server, "/silent"), timeout=0.2)


def test_a_closed_port_was_surely_not_reached():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody can answer
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/good"
        with failing(ConnectionFailed, sent=False):
            PooledTransport().send(HttpRequest("GET", address, {}, None), timeout=5)


def test_what_a_proxy_refuses_was_surely_not_sent(server, monkeypatch):
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.delenv("no_proxy", raising=False)
    with failing(ConnectionFailed, sent=False):
        PooledTransport().send(HttpRequest("PUT", "https://api.example/good", {}, b"{}"), timeout=5)


@pytest.mark.parametrize("address", ["file:///etc/hostname", "http://127.0.0.1:99999/", "nothing"])
def test_what_is_no_web_address_is_not_opened(address):
    with failing(ConnectionFailed, sent=False):
        PooledTransport().send(HttpRequest("GET", address, {}, None), timeout=5)


def test_a_connection_that_was_opened_before_a_fork_is_left_to_the_parent(server, monkeypatch):
    transport = PooledTransport()
    transport.send(request(server, "/good", method="GET"), timeout=5)
    monkeypatch.setattr(os, "getpid", lambda: 1)
    transport.send(request(server, "/good", method="GET"), timeout=5)
    assert len(server.RequestHandlerClass.callers) == 2


def test_threads_share_connections_that_are_kept(server):
    transport = PooledTransport(pool_size=4)

    def work() -> None:
        for _ in range(5):
            transport.send(request(server, "/good", method="GET"), timeout=5)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(server.RequestHandlerClass.seen) == 20
    assert len(server.RequestHandlerClass.callers) <= 4


def certificate(folder):
    """A file with a key and a certificate for this machine that only itself vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + timedelta(days=36500))
    signed = made.add_extension(here, critical=False).sign(key, hashes.SHA256())
    path = folder / "here.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return str(path)


def test_a_server_is_believed_only_when_an_authority_vouches_for_it(server, tmp_path, monkeypatch):
    own = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    wanted = HttpRequest("GET", f"https://127.0.0.1:{server.server_port}/good", {}, None)

    with failing(ConnectionFailed, sent=False):
        PooledTransport().send(wanted, timeout=5)
    assert server.RequestHandlerClass.seen == []

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", own)  # how companies name their own authority
    assert PooledTransport().send(wanted, timeout=5).status == 201
