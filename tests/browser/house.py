"""A whole installation as a browser meets it, started by the product's own command."""

import socket
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.postgres import SERVER, drop_database, new_database, url_of
from tests.sandbox.process import Sandbox
from tests.whole.conftest import database_of_redis
from tests.whole.installation import Installation, wait_until

PASSWORD = "correct horse battery"
ADMIN = "carol@example.com"
SETTINGS = {
    "GHL_BURST_LIMIT": 1_000_000,
    # Nobody is killed here, and a busy machine must not look like a dead worker.
    "SYNC_LEASE_SECONDS": 30,
    # Long enough to press Undo on a slow machine, short enough to wait for.
    "WRITE_UNDO_SECONDS": 3,
    # Every contact that is opened is read again, however short ago that was.
    "SYNC_CONTACT_FRESH_SECONDS": 0.5,
    # A sync between two clicks would be true to life, but not the same in every run.
    "SYNC_INTERVAL_SECONDS": 86_400,
}


class House(Installation):
    """An installation with an address: web server, two workers and the clock, as `make run` starts them."""

    def __init__(self, folder: Path, sandbox: Sandbox, **where: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(folder, sandbox, **where, **SETTINGS, PORT=self.port)

    def open(self) -> None:
        """Start every part, make the admin once the web server answers."""
        self.start("-m", "config.run")
        wait_until(lambda: answers(f"{self.url}/account/login/"), what="the first answer")
        self.env["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
        self.command("createsuperuser", "--noinput", "--email", ADMIN)

    def end(self) -> None:
        """Politely: killed, the command could not end the parts that it started."""
        for process in self.processes:
            process.terminate()
            process.wait(timeout=300)
        self.look_through_log()

    def own(self, address: str) -> bool:
        """Whether a request stayed on this installation or its sandbox."""
        return urlsplit(address).scheme in ("data", "blob") or address.startswith((self.url, self.sandbox.url))


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def answers(address: str) -> bool:
    """Whether a web server answers there, whatever it says."""
    try:
        urllib.request.urlopen(address, timeout=30).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@contextmanager
def place_for_data(template=""):
    """(database, broker) addresses of the test's own on the given servers; two empty ones when embedded.

    The database is a copy of the one called `template`, or empty.
    """
    if not SERVER:
        yield "", ""
        return
    name = new_database(template)
    try:
        # Other tests' workers listen on the broker's first database and would take this house's jobs.
        yield url_of(name), database_of_redis(9)
    finally:
        drop_database(name)
