"""Whoever rings, a page, a command or a worker, rings at the broker that the settings name."""

import subprocess
import sys

from celery import current_app

from integrations.sync import tasks


def test_a_web_process_uses_the_configured_app():
    code = (
        "import config.wsgi; from integrations.sync.tasks import tick;"
        "print(tick.app.main, tick.app.conf.task_default_queue)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["throughline", "background"]


def test_what_a_person_waits_for_has_a_queue_of_its_own():
    routes = current_app.conf.task_routes

    for task in (tasks.check_write, tasks.deliver_write, tasks.fetch, tasks.tick):
        assert routes[task.name] == {"queue": "interactive"}
