"""Mail is sent beside the request: a mail server that hangs changes no answer, and no log tells a secret."""

import logging
import socket
import threading

import pytest
from django.core.mail import EmailMessage

from integrations.workspace.mail import POSTMAN, BackgroundBackend


class MailServer:
    """Takes one mail on a port of its own and keeps it; says `greeting` once it is `awake`, nothing when empty."""

    def __init__(self, greeting: str = "220 ready", *, asleep: bool = False) -> None:
        self.awake = threading.Event()
        if not asleep:
            self.awake.set()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.greeting = greeting
        self.lines: list[str] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self.socket.accept()
        with connection, connection.makefile("rw", newline="\r\n") as stream:
            self.awake.wait()
            if self.greeting:
                self._say(stream, self.greeting)
            in_text = False
            for line in stream:
                self.lines.append(line.strip())
                in_text = line.strip() != "." and (in_text or line.lower().startswith("data"))
                if not in_text or line.lower().startswith("data"):
                    self._say(stream, "354 go on" if in_text else "250 ok")

    def _say(self, stream, line: str) -> None:
        stream.write(line + "\r\n")
        stream.flush()


@pytest.fixture
def post():
    def _post(server: MailServer) -> None:
        backend = BackgroundBackend(alias="default", host="127.0.0.1", port=server.port, timeout=5)
        message = EmailMessage("Reset", "https://example.com/secret-link/", "mail@example.com", ["a@example.com"])
        assert backend.send_messages([message]) == 1

    return _post


def sent() -> None:
    """Return once everything that was posted is sent or given up."""
    POSTMAN.submit(lambda: None).result(timeout=300)


def test_a_mail_arrives_with_its_sender_and_text(post):
    server = MailServer()

    post(server)
    sent()

    assert any("mail@example.com" in line for line in server.lines)
    assert "https://example.com/secret-link/" in server.lines


@pytest.mark.parametrize("greeting", ["", "554 go away a@example.com"])
def test_a_server_that_fails_is_one_line_without_text_and_address(post, caplog, greeting):
    server = MailServer(greeting)

    with caplog.at_level(logging.INFO):
        post(server)
        sent()

    assert "mail.failed" in caplog.text
    assert "Check EMAIL_URL" in caplog.text
    assert "secret-link" not in caplog.text
    assert "a@example.com" not in caplog.text


def test_whoever_asks_for_a_mail_does_not_wait_for_the_server(post):
    server = MailServer(asleep=True)

    post(server)
    server.awake.set()
    sent()

    assert "https://example.com/secret-link/" in server.lines
