"""`make run`: everything on one machine, supervised; a sandbox plays GHL unless GHL_CLIENT_ID is set."""

# ruff: noqa: E402  the first lines come before the other imports, which take a second
import os

from config.supervisor import Supervisor, at_signals, carry_out, say

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
    sandbox = demo.start_sandbox(supervisor.adopt, port) if demo.wanted() else None
    prepare(sandbox["location_id"] if sandbox else "")
    start_all(supervisor, port)
    demo.wait_for_web(port)
    if sandbox:
        demo.post_webhooks(sandbox, port)
    say(demo.welcome(port) if sandbox else demo.welcome_to_real_account(port))


def prepare(location_id: str) -> None:
    """Tables, what a demo has in them, and beside that the static files: neither needs the other."""
    programs = [["-m", "config.prepare", location_id]]
    if not static_files.are_collected():
        programs.append(["manage.py", "collectstatic", "--noinput", "--verbosity", "0"])
    carry_out(*programs)


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
        preflight.keep_apart()
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
