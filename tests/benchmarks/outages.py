"""What each page and address answers, and how fast, while GHL or Redis hangs, Redis is dead, the database is held.

Afterwards everything is whole again: each tick and event that was taken did its work once, and the cache is true.
"""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import requests

from tests.benchmarks.rows import EVEN, NO_LIMIT, Row
from tests.benchmarks.strangers import p99, signed_in, took
from tests.benchmarks.webhooks import PATH, events
from tests.browser.house import ADMIN, PASSWORD, House, free_port, place_for_data
from tests.sandbox.process import running
from tests.whole.installation import wait_until
from tests.whole.truth import differences

LOCKED_SECONDS = float(os.environ.get("OUTAGE_SECONDS", "45"))
IDS = """
import json; from integrations.activity.models import Task; from integrations.sync.models import SyncRun, Write
tasks = Task.objects.open().exclude(contact=None).exclude(pk__in=Write.objects.values("target_id")).order_by("pk")
tasks = list(tasks.values_list("contact_id", "pk", "remote_id")[:2])
print(json.dumps({"tasks": tasks, "run": SyncRun.objects.first().pk}))
"""
WAITING = """
from integrations.sync.models import Write, InboundEvent
print(Write.objects.open().count() + InboundEvent.objects.waiting().count())
"""


def rows():
    """One row for each outage and address, then one on what everybody else saw and one on what was lost."""
    if not shutil.which("redis-server"):
        yield Row("outages", "not measured", "redis-server is not installed")
        return
    with (
        running("--contacts", "60", *EVEN, *NO_LIMIT) as sandbox,
        tempfile.TemporaryDirectory() as folder,
        place_for_data() as (database_url, _),
        redis(folder) as server,
    ):
        house = House(Path(folder), sandbox, database_url=database_url, broker_url=server.url)
        try:
            house.open()
            house.connect("--write")
            house.sync()
            usual = asked(house, Asker(house))
            for name, outage in (
                ("GHL hangs", stopped(lambda: sandbox.process.pid)),
                ("Redis hangs", stopped(server.pid)),
                ("Redis dead", server.killed()),
                ("database held", held(house, database_url)),
            ):
                yield from _measured(house, name, outage, usual)
        finally:
            with suppress(AssertionError):  # the log says that the database was held, and so it was
                house.end()


class Redis:
    """A server of its own, which can be stopped without troubling anybody else."""

    def __init__(self, folder):
        self.port, self.folder = free_port(), folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self):
        options = ("--port", str(self.port), "--save", "", "--dir", self.folder, "--bind", "127.0.0.1")
        self.process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)

    def pid(self):
        return self.process.pid

    @contextmanager
    def killed(self):
        self.process.kill()
        self.process.wait()
        yield
        self.start()


@contextmanager
def redis(folder):
    server = Redis(folder)
    yield server
    server.process.kill()
    server.process.wait()


@contextmanager
def stopped(pid):
    os.kill(pid(), signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid(), signal.SIGCONT)


@contextmanager
def held(house, database_url):
    """Nobody else can write for LOCKED_SECONDS, or until everything was asked."""
    if database_url:
        holder = psycopg.connect(database_url)
        found = holder.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        holder.execute(f"LOCK TABLE {', '.join(name for (name,) in found)} IN EXCLUSIVE MODE")
    else:
        holder = sqlite3.connect(house.folder / "db.sqlite3", isolation_level=None, timeout=30)
        holder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    yield
    time.sleep(max(0.0, LOCKED_SECONDS - (time.monotonic() - began)))
    holder.rollback()
    holder.close()


def _measured(house, name, outage, usual):
    reader, asker = signed_in(house), Asker(house)
    beside, over = [], threading.Event()
    everybody = threading.Thread(
        target=lambda: [beside.extend(took(house, reader, 1)) for _ in iter(over.is_set, True)]
    )
    with outage:
        everybody.start()
        found = asked(house, asker)
        over.set()
        everybody.join()
    for what, (status, seconds) in found.items():
        was, before = usual[what]
        yield Row(f"{name}: {what}", f"{status} in {seconds:.2f} s", f"{was} in {before:.2f} s", "<= 7 s")
    pages = f"{len(beside)} pages of somebody else"
    yield Row(f"{name}: everybody else's pages p99", f"{p99(beside) * 1000:.0f} ms", pages, "<= 1 s")
    yield _lost(house, name, asker, found)


class Asker:
    """Who asks: an admin, and a visitor with the sign-in page open; both from before, when all was well."""

    def __init__(self, house):
        self.admin, self.visitor = signed_in(house), requests.Session()
        self.visitor.get(f"{house.url}/account/login/", timeout=60)
        self.event = next(events(house, 1))
        ids = json.loads(house.command("shell", "-v0", "-c", IDS).stdout)
        (contact, task, _), (other, ticked, self.ticked) = ids["tasks"]
        self.feed, self.task = f"/contacts/{contact}/", f"/contacts/{contact}/tasks/{task}/"
        self.tick, self.run = f"/contacts/{other}/tasks/{ticked}/complete/", f"/sync/runs/{ids['run']}/"

    def pages(self):
        mine = ("/contacts/", "/contacts/?q=an", self.feed, f"{self.feed}live/", self.task)
        managers = ("/connections/", "/sync/", self.run, f"{self.run}progress/", "/integrations/connect/")
        return (*mine, *managers, "/account/2fa/", "/account/sessions/", "/static/img/mark.svg")

    def forms(self, sandbox):
        token = {"location_id": sandbox.location_id, "token": sandbox.pit, "may_write": "on"}
        yield "/integrations/test/1/", {}
        yield "/integrations/connect/token/", token
        yield "/integrations/connect/", {}
        yield f"{self.feed}refresh/", {"now": ""}
        yield self.tick, {}
        yield "/connections/1/sync/", {}


def asked(house, asker):
    """{what: (status, seconds)} of every kind of address, asked one after the other."""
    found, url = {}, house.url
    for page in asker.pages():
        found[f"GET {_named(page)}"] = _timed(asker.admin.get, url + page)
    for place, fields in asker.forms(house.sandbox):
        fields["csrfmiddlewaretoken"] = asker.admin.cookies["csrftoken"]
        found[f"POST {_named(place)}"] = _timed(asker.admin.post, url + place, data=fields)
    visitor, sign_in = asker.visitor, f"{url}/account/login/"
    found["GET sign-in"] = _timed(visitor.get, sign_in)
    found["GET callback, made-up code"] = _timed(visitor.get, f"{url}/integrations/oauth/callback/?code=made-up")
    for who, address in (("unknown", "nobody@example.com"), ("admin", ADMIN)):
        fields = {"login": address, "password": PASSWORD, "csrfmiddlewaretoken": visitor.cookies["csrftoken"]}
        found[f"POST sign-in, {who}"] = _timed(visitor.post, sign_in, data=fields)
    body, signed = asker.event
    for what, headers in (("signed", signed), ("unsigned", {})):
        found[f"POST webhook, {what}"] = _timed(visitor.post, url + PATH, data=body, headers=headers)
    return found


def _timed(ask, *where, **what):
    began = time.perf_counter()
    answer = ask(*where, timeout=120, allow_redirects=False, **what)
    return answer.status_code, time.perf_counter() - began


def _named(address):
    return re.sub(r"\d+", "N", address)


def _lost(house, name, asker, found):
    """Wait until nothing waits; then the cache is true, and a tick that was taken was sent once."""
    wait_until(lambda: json.loads(house.command("shell", "-v0", "-c", WAITING).stdout) == 0, seconds=180)
    house.sync()
    sent = house.sandbox.counts()["writes_by_record"].get(asker.ticked, 0)
    status, _ = found[f"POST {_named(asker.tick)}"]
    wrong = len(differences(house.sandbox.state(), house.export()))
    said = f"tick answered {status}, sent {sent} x; {wrong} differences"
    return Row(f"{name}: afterwards", said, "-", "302: 1 x, 503: 0 x; 0")
