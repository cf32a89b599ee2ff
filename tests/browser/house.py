"""A whole installation as a browser meets it: web server, two workers and the clock, each its own process."""

import os
import socket
import urllib.error
import urllib.request
import uuid
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.sandbox.process import Sandbox
from tests.whole.installation import Installation, wait_until

PASSWORD = "correct horse battery"
ADMIN = "carol@example.com"
WORKER = ("worker", "--pool", "solo", "--without-gossip", "--without-mingle", "--loglevel", "WARNING")
SETTINGS = {
    "GHL_BURST_LIMIT": 1_000_000,
    # Nobody is killed here, and a busy machine must not look like a dead worker.
    "SYNC_LEASE_SECONDS": 30,
    # Long enough to press Undo on a slow machine, short enough to wait for.
    "WRITE_UNDO_SECONDS": 4,
    # A sync between two clicks would be true to life, but not the same in every run.
    "SYNC_INTERVAL_SECONDS": 86_400,
}


class House(Installation):
    """An installation with an address."""

    def __init__(self, folder: Path, sandbox: Sandbox, **where: str) -> None:
        super().__init__(folder, sandbox, **where, **SETTINGS)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Migrate, make the admin, start every part, and return once the web server answers."""
        self.migrate()
        self.env["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
        self.command("createsuperuser", "--noinput", "--email", ADMIN)
        web = ("--interface", "wsgi", "config.wsgi:application", "--host", "127.0.0.1", "--port", str(self.port))
        self.start("-m", "granian", *web, "--workers", "1", "--blocking-threads", "4", "--log-level", "error")
        celery = ("-m", "celery", "--quiet", "-A", "config.celery")
        self.start(*celery, *WORKER, "-Q", "interactive", "-n", f"people{self.port}@%h")
        self.start(*celery, *WORKER, "-Q", "background", "-n", f"sweeps{self.port}@%h")
        self.start(*celery, "beat", "--loglevel", "WARNING")
        wait_until(lambda: answers(f"{self.url}/account/login/"), what="the web server's first answer")

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
        urllib.request.urlopen(address, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@contextmanager
def place_for_data():
    """(database, broker) addresses of the test's own on the given servers; two empty ones for the embedded set-up."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield "", ""
        return
    name = f"throughline_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        # Other tests' workers listen on the broker's first database and would take this house's jobs.
        broker = os.environ.get("CELERY_BROKER_URL", "")
        yield server.rpartition("/")[0] + f"/{name}", broker and broker.rpartition("/")[0] + "/9"
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
