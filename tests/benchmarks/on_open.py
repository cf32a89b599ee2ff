"""How long a person waits until what they clicked is asked for, while a sweep uses the whole limit."""

import json
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import requests

from tests.benchmarks.rows import Row
from tests.browser.house import ADMIN, PASSWORD, answers, free_port, place_for_data
from tests.sandbox.process import Sandbox, running
from tests.whole.installation import Installation, wait_until

SAMPLES = 30
# Four requests a refresh and three a write, one after the other: well within what is kept free for people.
PAUSE = 2.0
# A sweep reads the notes of each in turn, ten a second at best, and must not end before the last click.
CONTACTS = 60 + round(SAMPLES * 2 * PAUSE * 11)
LIMITED = ("--per-contact", "2,2,1", "--rate-limit", "--latency", "150-400")
SETTINGS = {"SYNC_INTERVAL_SECONDS": 86_400, "SYNC_LEASE_SECONDS": 30, "WRITE_UNDO_SECONDS": 2}
KNOWN = """
import json
from django.db.models import Min
from integrations.activity.models import Contact, Task
first = Task.objects.open().values("contact").annotate(task=Min("pk")).values("task")
tasks = dict(Task.objects.filter(pk__in=first).values_list("contact_id", "pk"))
rows = Contact.objects.present().order_by("last_activity_at", "pk").values_list("pk", "remote_id")
print(json.dumps([[pk, remote, tasks[pk]] for pk, remote in rows if pk in tasks][:%d]))
"""
DUE = """
import json
from integrations.sync.models import Write
writes = Write.objects.values_list("remote_id", "not_before")
print(json.dumps([[remote, at.isoformat()] for remote, at in writes]))
"""


class Person:
    """Somebody who signed in and clicks."""

    def __init__(self, url: str) -> None:
        self.url, self.http = url, requests.Session()
        form = self.http.get(f"{url}/account/login/", timeout=30).text
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', form)[1]
        fields = {"login": ADMIN, "password": PASSWORD, "csrfmiddlewaretoken": token}
        self.http.post(f"{url}/account/login/", fields, headers={"Referer": url}, timeout=30).raise_for_status()

    def click(self, path: str, **fields: str) -> float:
        """Press something; returns the moment of the click in epoch seconds."""
        headers = {"X-CSRFToken": self.http.cookies["csrftoken"], "HX-Request": "true", "Referer": self.url}
        clicked = time.time()
        self.http.post(self.url + path, fields, headers=headers, timeout=30).raise_for_status()
        return clicked


@contextmanager
def sweeping() -> Iterator[tuple[Sandbox, Installation, str]]:
    """A whole installation whose first sync has come to the notes, and its address."""
    with (
        running("--contacts", str(CONTACTS), *LIMITED) as sandbox,
        place_for_data() as (database, broker),
        tempfile.TemporaryDirectory() as folder,
    ):
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        place = {"database_url": database, "broker_url": broker}
        installation = Installation(folder, sandbox, **place, **SETTINGS, PORT=port)
        run = installation.start("-m", "config.run")
        try:
            wait_until(lambda: answers(f"{url}/account/login/"), seconds=120, what="the first answer")
            installation.env["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
            installation.command("createsuperuser", "--noinput", "--email", ADMIN)
            installation.connect("--write")
            wait_until(lambda: sandbox.requests("list_notes"), seconds=180, what="the first notes")
            yield sandbox, installation, url
        finally:
            run.terminate()
            run.wait(timeout=60)


def shell(installation: Installation, code: str):
    return json.loads(installation.command("shell", "-v0", "-c", code).stdout.splitlines()[-1])


def first_asked(sandbox: Sandbox, operation: str, name: str) -> dict[str, float]:
    """When each record was first asked for, by its id."""
    found: dict[str, float] = {}
    for row in sandbox.requests(operation):
        found.setdefault(row["ids"][name], row["at"])
    return found


def p95(waits: list[float]) -> float:
    """In milliseconds; the largest of less than twenty."""
    return 1000 * sorted(waits)[max(0, round(0.95 * len(waits)) - 1)]


def click_through(person: Person, targets: list[tuple[int, str, int]]) -> dict[str, float]:
    """Refresh one contact, complete a task of another, and so on; when each contact was clicked, by remote id."""
    clicked = {}
    for (pk, remote_id, _), (other, _, task) in zip(targets[::2], targets[1::2], strict=True):
        clicked[remote_id] = person.click(f"/contacts/{pk}/refresh/", now="1")
        time.sleep(PAUSE)
        person.click(f"/contacts/{other}/tasks/{task}/complete/")
        time.sleep(PAUSE)
    return clicked


def rows() -> Iterator[Row]:
    """What a person waits for, p95 of thirty clicks each, and what became of the sweep and the limit meanwhile."""
    with sweeping() as (sandbox, installation, url):
        person, targets = Person(url), shell(installation, KNOWN % (2 * SAMPLES))
        began = time.time()
        clicked = click_through(person, targets)
        ended = time.time()
        asked = [row for row in sandbox.requests("list_notes") if began <= row["at"] <= ended]
        swept = [row for row in asked if row["ids"]["contact_id"] not in clicked]
        wait_until(lambda: len(first_asked(sandbox, "complete_task", "task_id")) >= SAMPLES, what="the last write")
        due = {remote: datetime.fromisoformat(at).timestamp() for remote, at in shell(installation, DUE)}
        contacts = first_asked(sandbox, "get_contact", "contact_id")
        sent = first_asked(sandbox, "complete_task", "task_id")
        refused = sandbox.counts()["rate_limited"]
    beside = f"sweep at {len(swept) / (ended - began):.1f}/s"
    opened = [contacts[remote] - at for remote, at in clicked.items()]
    written = [sent[remote] - at for remote, at in due.items()]
    yield Row("on-open refresh in a sweep: click to request sent, p95 ms", f"{p95(opened):.0f}", beside, "<= 300")
    waited = "write in a sweep: end of undo window to the write sent, p95 ms"
    yield Row(waited, f"{p95(written):.0f}", beside, "<= 300")
    yield Row("answers of 429 meanwhile", f"{refused}", "-", "0")
