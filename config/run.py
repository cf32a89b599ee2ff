"""`make run`: everything on one machine, supervised; a sandbox plays GHL unless GHL_CLIENT_ID is set."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from types import FrameType

import django
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from config import demo, env

PYTHON = sys.executable
CELERY = [PYTHON, "-m", "celery", "--quiet", "-A", "config.celery"]
WORKER = ["worker", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
# Thousands of connections that send nothing more cost a socket each, for ten seconds, and no thread.
WEB = ["--interface", "rsgi", "--workers", "2", "--http", "1", "--no-ws", "--log-level", "warning"]
WEB += ["--backlog", "4096", "--backpressure", "4096", "--http1-header-read-timeout", "10000"]
STOP_SECONDS = 10
DEFAULT_PORT = 8000


@dataclass
class Part:
    """A process of the installation; one that ends by itself is started again."""

    name: str
    command: list[str]
    process: "subprocess.Popen[str] | None" = None
    started_at: float = 0.0

    def start(self) -> None:
        # A group of its own: Ctrl-C reaches only us, and we stop the parts in order.
        self.process = subprocess.Popen(self.command, text=True, start_new_session=True)  # noqa: S603
        self.started_at = time.monotonic()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def wait(self, seconds: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class Supervisor:
    """Starts parts, keeps them running, and stops them in reverse order."""

    parts: list[Part] = field(default_factory=list)
    stopping: bool = False

    def start(self, name: str, command: list[str]) -> Part:
        part = Part(name, command)
        part.start()
        self.parts.append(part)
        return part

    def adopt(self, name: str, command: list[str], process: "subprocess.Popen[str]") -> None:
        self.parts.append(Part(name, command, process, time.monotonic()))

    def watch(self) -> None:
        while not self.stopping:
            time.sleep(0.5)
            for part in self.parts:
                if part.process and part.process.poll() is not None and not self.stopping:
                    say(f"{part.name} ended with status {part.process.returncode}; starting it again.")
                    # A part that dies at once must not spin.
                    time.sleep(1.0 if time.monotonic() - part.started_at < 5 else 0.0)
                    part.start()

    def ask_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def stop(self) -> None:
        for part in reversed(self.parts):
            part.stop()
        deadline = time.monotonic() + STOP_SECONDS
        for part in reversed(self.parts):
            part.wait(max(0.1, deadline - time.monotonic()))


def say(text: str) -> None:
    """A line for the person at the terminal."""
    print(text, flush=True)  # noqa: T201


def manage(*arguments: str, given: str | None = None) -> None:
    """Run one management command to its end; a failure ends the start with its own words."""
    done = subprocess.run([PYTHON, "manage.py", *arguments], input=given, text=True, stdout=subprocess.DEVNULL)  # noqa: S603
    if done.returncode:
        sys.exit(done.returncode)


def start_all(supervisor: Supervisor, port: int) -> None:
    """The parts of the installation itself: web, two workers (one only for people), beat."""
    supervisor.start(
        "web",
        [PYTHON, "-m", "granian", *WEB, "--host", "127.0.0.1", "--port", str(port), "config.rsgi:application"],
    )
    supervisor.start(
        "worker for people",
        [*CELERY, *WORKER, "--pool", "threads", "--concurrency", "4", "-Q", "interactive", "-n", "people@%h"],
    )
    supervisor.start(
        "worker for sweeps", [*CELERY, *WORKER, "--pool", "solo", "-Q", "background", "-n", "sweeps@%h"]
    )
    supervisor.start("beat", [*CELERY, "beat", "--loglevel", "WARNING"])


def is_taken(port: int) -> bool:
    """Whether somebody listens on this port of the loopback address."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def faults() -> list[str]:
    """Why nothing may start, a sentence each with the variable's name. Reads the .env file on the way."""
    try:
        django.setup()
        env.integer("PORT", DEFAULT_PORT)
    except ImproperlyConfigured as error:
        return [str(error)]
    port = env.integer("PORT", DEFAULT_PORT)
    if is_taken(port):
        # Granian would share it with whoever listens there, and each request would reach one or the other.
        return [f"PORT {port} is taken by another program. Stop that, or set PORT to a free one."]
    serious = [message for message in run_checks() if message.is_serious()]
    return [f"{message.msg} {message.hint or ''}".strip() for message in serious]


def main() -> None:
    """Start, wait for Ctrl-C, stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    # Celery warns about root in a banner of its own; in a container root is the usual user.
    os.environ.setdefault("PYTHONWARNINGS", "ignore:You're running the worker with superuser")
    if found := faults():
        sys.exit("\n".join(found))
    port = env.integer("PORT", DEFAULT_PORT)
    supervisor = Supervisor()
    signal.signal(signal.SIGINT, supervisor.ask_to_stop)
    signal.signal(signal.SIGTERM, supervisor.ask_to_stop)
    signal.signal(signal.SIGHUP, supervisor.ask_to_stop)
    # The demo's password is printed in public: its people and real contacts must never meet, either way round.
    manage("demo_people", "--claim-folder" if demo.wanted() else "--shut-out")
    try:
        sandbox = demo.start_sandbox(supervisor.adopt, port) if demo.wanted() else None
        manage("migrate", "--verbosity", "0")
        manage("collectstatic", "--noinput", "--verbosity", "0")
        if sandbox:
            demo.prepare(sandbox, manage)
        start_all(supervisor, port)
        demo.wait_for_web(port)
        if sandbox:
            demo.post_webhooks(sandbox, port)
        say(demo.welcome(port) if sandbox else demo.welcome_to_real_account(port))
        supervisor.watch()
    finally:
        # First the parts: a closed terminal makes the word fail, and they must not outlive it.
        supervisor.stop()
        say("Stopped.")


if __name__ == "__main__":
    main()
