"""Starts Python processes as forks of one that has the libraries imported already: most of a start is that.

Everything else is as in a process that was started the long way: its own environment, arguments, streams, signals
and exit status; no setting is read and no module of the product is loaded before. Only at the very end Python does
not take its objects apart, which would take longer than many a command. `Process` is a Popen of it.

`python -m tests.warm CONTROL` is the one that forks. CONTROL is the number of its end of a pair of sockets.
"""

import atexit
import functools
import gc
import importlib
import io
import json
import os
import runpy
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# What a start loads, as far as it needs no settings.
LIBRARIES = [
    "asyncio", "celery.app.base", "celery.apps.beat", "celery.apps.worker", "celery.bin.celery",
    "celery.fixups.django", "certifi", "concurrent.futures.thread", "cryptography.fernet",
    "cryptography.hazmat.backends.openssl", "cryptography.hazmat.primitives.asymmetric.ed25519",
    "cryptography.hazmat.primitives.serialization", "dj_database_url", "django.contrib.auth.apps",
    "django.contrib.auth.hashers", "django.contrib.auth.password_validation",
    "django.contrib.humanize.templatetags.humanize", "django.contrib.messages.apps",
    "django.core.cache.backends.filebased", "django.core.cache.backends.redis", "django.core.checks",
    "django.core.handlers.asgi", "django.core.mail.backends.smtp", "django.core.management.commands.check",
    "django.core.management.commands.makemigrations", "django.core.management.commands.migrate",
    "django.core.management.commands.shell", "django.core.serializers.json", "django.core.signing",
    "django.db.backends.postgresql.base", "django.db.backends.sqlite3.base", "django.db.models.functions",
    "django.forms", "django.middleware.csrf", "django.shortcuts", "django.template.loader", "django.utils.csp",
    "django.views.generic", "django_htmx.middleware", "django_http_compression.middleware", "dotenv",
    "fido2.server", "http.server", "kombu.transport.filesystem", "kombu.transport.redis", "nh3",
    "orjson", "phonenumbers",
    "psycopg", "psycopg_pool", "pycurl", "redis", "requests", "requests_oauthlib", "structlog", "uuid",
    "whitenoise.middleware", "whitenoise.storage", "zoneinfo",
]  # fmt: skip


class Process(subprocess.Popen[Any]):
    """A process of `[sys.executable, *arguments]`, with the options of Popen that a fork can have."""

    def __init__(self, arguments: Sequence[Any], **options: Any) -> None:
        super().__init__([sys.executable, *map(str, arguments)], **options)

    def _execute_child(
        self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, startupinfo, creationflags, shell,
        p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, restore_signals, gid, gids, uid, umask,
        start_new_session, process_group,
    ):  # fmt: skip
        assert not any((preexec_fn, pass_fds, shell)), "a fork does not know this option"
        wanted = {
            "arguments": args[1:],
            "folder": str(cwd or Path.cwd()),
            "environment": dict(os.environ if env is None else env),
            "umask": umask,
            "leads": start_new_session,
        }
        streams = [given if given >= 0 else own for own, given in enumerate((p2cread, c2pwrite, errwrite))]
        # Its number and its end are two messages: a stream would join them when the process ends before we read.
        self._told, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            socket.send_fds(control(), [json.dumps(wanted).encode()], [*streams, theirs.fileno()])
        self.pid = int(self._told.recv(20))
        self._child_created = True
        self._close_pipe_fds(p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite)

    def _internal_poll(self, _deadstate=None, **_):
        if self.returncode is None and self._try_wait(os.WNOHANG)[0]:
            self._told.close()
        return self.returncode

    def _try_wait(self, wait_flags):
        """The kernel tells a parent alone how a process has ended, and that is whoever forked it."""
        if self.returncode is None:
            self._told.setblocking(wait_flags != os.WNOHANG)
            try:
                status = int(self._told.recv(20))
            except BlockingIOError:
                return 0, 0
            self._handle_exitstatus(status)
            return self.pid, status
        return self.pid, 0


def run(arguments: Sequence[Any], *, given: str | None = None, timeout: float | None = None, **options: Any):
    """What `subprocess.run` answers: the process to its end, what it said as texts."""
    pipes = {"stdin": subprocess.PIPE} if given is not None else {}
    pipes |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with Process(arguments, **pipes, **options) as process:
        try:
            out, err = process.communicate(given, timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@functools.cache
def control() -> socket.socket:
    """Where starts are asked for. The process at its other end goes when this one does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.warm", str(theirs.fileno())]
    with theirs:
        server = subprocess.Popen(command, cwd=ROOT, env={"PATH": os.environ["PATH"]}, pass_fds=[theirs.fileno()])
    atexit.register(lambda: (ours.close(), server.wait()))
    return ours


# In the process that forks -------------------------------------------------------------------------------------


def serve(requests: socket.socket) -> dict[str, Any]:
    """Answer requests until nobody can ask any more; in a process that was asked for, return what it is to be."""
    while True:
        asked, descriptors, _, _ = socket.recv_fds(requests, 1_000_000, 4)
        _forget_the_ended()
        if not asked:
            sys.exit()
        if os.fork() == 0:
            wanted = _watched(socket.socket(fileno=descriptors.pop()), descriptors)
            if wanted:
                return json.loads(asked)
        for descriptor in descriptors:
            os.close(descriptor)


def _forget_the_ended() -> None:
    """The kernel keeps a process that has ended until its parent asks for it."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _watched(told: socket.socket, streams: list[int]) -> bool:
    """True in the process itself; the one that awaits it tells its number and its end, and never returns."""
    pid = os.fork()
    if pid == 0:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        told.detach()
        os.closerange(3, max(os.sysconf("SC_OPEN_MAX"), 1024))
        return True
    os.closerange(0, told.fileno())
    told.send(str(pid).encode())
    told.send(str(os.waitpid(pid, 0)[1]).encode())
    os._exit(0)


def become(wanted: dict[str, Any]) -> None:
    """Carry out what Python would with these arguments."""
    if wanted["leads"]:
        os.setsid()
    if wanted["umask"] >= 0:
        os.umask(wanted["umask"])
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        setattr(sys, name, _stream(number))
    first, *rest = wanted["arguments"]
    if first == "-c":
        sys.argv = ["-c", *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__", "__builtins__": __builtins__})
    elif first == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = wanted["arguments"]
        runpy.run_path(first, run_name="__main__")


def _stream(number: int) -> io.TextIOWrapper:
    """Standard input, output or errors as Python opens them when none of them is a terminal."""
    raw = open(number, "rb" if number == 0 else "wb", closefd=False)  # noqa: SIM115  open until the end
    errors = "backslashreplace" if number == 2 else "strict"
    return io.TextIOWrapper(raw, encoding="utf-8", errors=errors, line_buffering=number == 2)


def end(code: object) -> None:
    """As Python ends after `sys.exit(code)`, up to where it would take everything apart."""
    status = code if isinstance(code, int) else 0 if code is None else 1
    if status is not code and code is not None:
        print(code, file=sys.stderr)
    threading._shutdown()
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        status = 120
    os._exit(status & 0xFF)


if __name__ == "__main__":
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.freeze()  # no fork looks through all of them again
    try:
        become(serve(socket.socket(fileno=int(sys.argv[1]))))
    except SystemExit as exit_:
        end(exit_.code)
    end(0)
