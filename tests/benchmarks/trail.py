"""Ticks a task as its page does, does the work that this rings for, asks for the row again; prints the files.

One process plays web and worker, each in its turn, so that one profile sees the whole way. Middleware is left out:
every page has it.
"""

import inspect
import json
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import django

ROOT = Path(__file__).parents[2]
OURS = tuple(f"{ROOT / name}/" for name in ("config", "contacts_ui", "integrations"))


class Trail:
    """Our files that these functions run through: {file: (function, HTTP requests sent before)}.

    `on_the_way` leaves out what runs inside of `drawing`.
    """

    def __init__(self, *functions, drawing):
        self.roots = {inspect.unwrap(function).__code__ for function in functions}
        self.drawing = drawing.__code__
        self.requests, self.visits, self.on_the_way = 0, {}, {}
        self.is_on = self.is_drawing = False

    def __enter__(self):
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_):
        sys.setprofile(None)
        threading.setprofile(None)

    def _note(self, frame, event, argument):
        code = frame.f_code
        if code in self.roots and event in ("call", "return"):
            self.is_on = event == "call"
        if code is self.drawing and event in ("call", "return"):
            self.is_drawing = event == "call"
        if not self.is_on:
            return
        if event == "call" and code.co_filename.startswith(OURS):
            for visits in (self.visits, *([] if self.is_drawing else [self.on_the_way])):
                visits.setdefault(code.co_filename, (code.co_name, self.requests))
        elif event == "c_call" and argument.__name__ == "perform":  # of pycurl
            self.requests += 1


class Page:
    """The tick of one task, and what it rang for."""

    def __init__(self, client, task):
        self.client, self.rung = client, []
        self.place = f"/contacts/{task.contact_id}/tasks/{task.pk}/"

    def tick(self):
        self.client.post(f"{self.place}complete/", headers={"HX-Request": "true"})

    def shown(self):
        return self.client.get(self.place, headers={"HX-Request": "true"}).content

    def ring(self, body, headers, **_):
        self.rung.append((headers["task"], body[0], headers.get("eta")))


def round_trip(page, app):
    page.tick()
    for name, arguments, eta in page.rung:
        if eta:
            time.sleep(max(0.0, (datetime.fromisoformat(eta) - datetime.now(UTC)).total_seconds()))
        app.tasks[name](*arguments)
    assert b"Confirmed" in page.shown()


def main():
    django.setup()
    from celery.signals import before_task_publish
    from django.test import Client
    from django.urls import resolve

    import integrations.sync.tasks  # noqa: F401  what a worker finds by itself
    from config.celery import app
    from contacts_ui.tasks.answers import answer
    from integrations.activity.models import Task
    from integrations.workspace.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_superuser("carol@example.com"))
    first, second = (Page(client, task) for task in Task.objects.open().exclude(contact=None)[:2])
    before_task_publish.connect(first.ring)
    round_trip(first, app)  # whatever is imported on the way
    before_task_publish.connect(second.ring)
    views = [resolve(place).func for place in (f"{second.place}complete/", second.place)]
    with Trail(*views, *(app.tasks[name].run for name, _, _ in first.rung), drawing=answer) as trail:
        round_trip(second, app)
    print(json.dumps([_named(trail.visits), _named(trail.on_the_way)]))


def _named(visits):
    return [[str(Path(file).relative_to(ROOT)), *visit] for file, visit in visits.items()]


if __name__ == "__main__":
    main()
