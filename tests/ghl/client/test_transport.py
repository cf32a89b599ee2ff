"""The transport against a real server on this machine: what arrives, which failures may have been delivered."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from integrations.ghl.client import HttpRequest, RequestsTransport
from integrations.ghl.client.errors import ConnectionFailed, Timeout


class Handler(BaseHTTPRequestHandler):
    """Behaves as its path says and remembers what it was sent."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((self.path, dict(self.headers), body))
        getattr(self, "answer_" + self.path.rsplit("/", 1)[1])()

    do_GET = do_POST

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
    handler = type("Remembering", (Handler,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.released = threading.Event()  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.released.set()  # type: ignore[attr-defined]
        server.shutdown()


def request(server, path, body=None):
    headers = {"Authorization": "Bearer pit-secret", "Version": "v3"}
    return HttpRequest("POST", f"http://127.0.0.1:{server.server_port}{path}", headers, body)


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
    response = RequestsTransport().send(request(server, "/good", b'{"a":1}'), timeout=5)

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

    RequestsTransport().send(outside, timeout=5)

    ((path, headers, _),) = server.RequestHandlerClass.seen
    assert path == "http://api.example/good"
    assert headers["Authorization"] == "Bearer pit-secret"


def test_a_proxy_is_not_asked_for_this_machine(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)

    assert RequestsTransport().send(request(server, "/good"), timeout=5).status == 201


def test_no_cookie_of_one_account_reaches_the_next(server):
    transport = RequestsTransport()

    transport.send(request(server, "/good"), timeout=5)
    transport.send(request(server, "/good"), timeout=5)

    assert not any("Cookie" in headers for _, headers, _ in server.RequestHandlerClass.seen)


def test_a_redirect_is_handed_back(server):
    assert RequestsTransport().send(request(server, "/moved"), timeout=5).status == 302
    assert len(server.RequestHandlerClass.seen) == 1


@pytest.mark.parametrize("path", ["/cut", "/hangup"])
def test_a_broken_answer_may_have_been_delivered(server, path):
    with failing(ConnectionFailed, sent=True):
        RequestsTransport().send(request(server, path), timeout=5)


def test_silence_may_have_been_delivered(server):
    with failing(Timeout, sent=True):
        RequestsTransport().send(request(server, "/silent"), timeout=0.2)


def test_a_closed_port_was_surely_not_reached():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody can answer
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/good"
        with failing(ConnectionFailed, sent=False):
            RequestsTransport().send(HttpRequest("GET", address, {}, None), timeout=5)


def test_each_thread_has_its_own_session(server):
    transport, sessions = RequestsTransport(), set()

    def work() -> None:
        transport.send(request(server, "/good"), timeout=5)
        sessions.add(transport._session())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(sessions) == 4
