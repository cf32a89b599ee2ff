"""The processes of an installation: web, two workers (one only for people), beat. README names the same."""

import sys

from config.supervisor import Supervisor

PYTHON = sys.executable
# config.preflight has just run the checks that Celery would run in each of its processes.
CELERY = [PYTHON, "-m", "celery", "--quiet", "--skip-checks", "-A", "config.celery"]
WORKER = ["worker", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
# Thousands of connections that send nothing more cost a socket each, for ten seconds, and no thread.
WEB = ["--interface", "asginl", "--workers", "2", "--http", "1", "--no-ws", "--log-level", "warning"]
WEB += ["--backlog", "4096", "--backpressure", "4096", "--http1-header-read-timeout", "10000"]
# A worker that is killed is replaced beside the others. Otherwise all of them end with it, and first wait for
# whoever still sends or reads, for as long as that takes.
WEB += ["--respawn-failed-workers", "--workers-kill-timeout", "5"]


def start_all(supervisor: Supervisor, port: int) -> None:
    """Start each under a supervisor, the web on this port of the loopback address."""
    supervisor.start(
        "web",
        [PYTHON, "-m", "granian", *WEB, "--host", "127.0.0.1", "--port", str(port), "config.asgi:application"],
    )
    supervisor.start(
        "worker for people",
        [*CELERY, *WORKER, "--pool", "threads", "--concurrency", "4", "-Q", "interactive", "-n", "people@%h"],
    )
    supervisor.start(
        "worker for sweeps", [*CELERY, *WORKER, "--pool", "solo", "-Q", "background", "-n", "sweeps@%h"]
    )
    supervisor.start("beat", [*CELERY, "beat", "--loglevel", "WARNING"])
