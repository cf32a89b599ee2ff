"""The product's web server by itself over an account that is there already, and a reader who asks it in turn."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode, urlsplit

from config.parts import WEB
from tests.benchmarks.account.kept import ROOT, Account
from tests.benchmarks.on_open import Person
from tests.browser.house import answers, free_port
from tests.whole.installation import wait_until

SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.floor.settings"}


@contextmanager
def served(account: Account) -> Iterator["Reader"]:
    """A reader of the product's own two workers, with the floor view; nothing works in the background."""
    shutil.rmtree(account.folder / "broker", ignore_errors=True)
    env, port = account.env | SETTINGS, free_port()
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, cwd=ROOT, env=env, check=True)
    where = ["--host", "127.0.0.1", "--port", str(port), "config.asgi:application"]
    web = subprocess.Popen([sys.executable, "-m", "granian", *WEB, *where], cwd=ROOT, env=env)
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/account/login/"), what="the first answer")
        reader = Reader(f"http://127.0.0.1:{port}")
        yield reader
        reader.connection.close()
    finally:
        web.terminate()
        web.wait(timeout=30)


@dataclass(frozen=True)
class Answer:
    """`seconds` from sending the request to the last byte; the body as it came, compressed or not."""

    seconds: float
    status: int
    headers: dict[str, str]
    body: bytes


class Reader:
    """A signed-in person on one connection, which adds less to a page than a library with many features."""

    def __init__(self, url: str) -> None:
        self.url, self.cookies = url, Person(url).http.cookies
        self.connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
        self.usual = {"Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)}

    def get(self, path: str, encoding: str = "gzip, br", **headers: str) -> Answer:
        return self._ask("GET", path, b"", {"Accept-Encoding": encoding, **_named(headers)})

    def post(self, path: str, encoding: str = "gzip, br", **fields: str) -> Answer:
        body = urlencode(fields).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept-Encoding": encoding,
            "X-CSRFToken": self.cookies["csrftoken"],
            "HX-Request": "true",
            "Referer": self.url,
        }
        return self._ask("POST", path, body, headers)

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        began = time.perf_counter()
        self.connection.request(method, path, body or None, self.usual | headers)
        answer: HTTPResponse = self.connection.getresponse()
        given = answer.read()
        return Answer(time.perf_counter() - began, answer.status, dict(answer.headers), given)


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
