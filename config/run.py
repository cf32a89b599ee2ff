"""`make run`: everything on one machine, supervised; a sandbox plays GHL unless GHL_CLIENT_ID is set."""

# ruff: noqa: E402  the first lines come before the other imports, which take a second
import os

from config.supervisor import Supervisor, at_signals, manage, say

# Nothing has been started yet, so there is nothing to end.
at_signals(lambda *_: os._exit(0))

import signal
import sys

from django.core.exceptions import ImproperlyConfigured

from config import demo, parent, preflight, static_files
from config.parts import start_all
from integrations.sync.management import failures


def start(supervisor: Supervisor, port: int) -> None:
    """From an empty folder to a site that answers, and what to say then."""
    # The demo's password is printed in public: its people and real contacts must never meet, either way round.
    manage("demo_people", "--claim-folder" if demo.wanted() else "--shut-out")
    sandbox = demo.start_sandbox(supervisor.adopt, port) if demo.wanted() else None
    manage("migrate", "--verbosity", "0")
    if not static_files.are_collected():
        manage("collectstatic", "--noinput", "--verbosity", "0")
    if sandbox:
        demo.prepare(sandbox, manage)
    start_all(supervisor, port)
    demo.wait_for_web(port)
    if sandbox:
        demo.post_webhooks(sandbox, port)
    say(demo.welcome(port) if sandbox else demo.welcome_to_real_account(port))


def main() -> None:
    """Start, wait for Ctrl-C, stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    # Celery warns about root in a banner of its own; in a container root is the usual user.
    os.environ.setdefault("PYTHONWARNINGS", "ignore:You're running the worker with superuser")
    if "MAKELEVEL" in os.environ:
        # A kill of make is meant for what it runs.
        parent.end_with(os.getppid(), signal.SIGTERM)
    try:
        _lock = preflight.prepare()
        preflight.warn()
        supervise()
    except (ImproperlyConfigured, OSError) as error:
        sys.exit(failures.sentence(error) or str(error))


def supervise() -> None:
    """Start everything and keep it running until a signal comes."""
    supervisor, port = Supervisor(), preflight.port()
    try:
        with supervisor.running():
            start(supervisor, port)
            supervisor.watch()
    finally:
        say("Stopped.")


if __name__ == "__main__":
    main()
