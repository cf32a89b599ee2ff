"""Starts the parts of an installation, keeps them running, and ends them: no part outlives the supervisor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import FrameType
from typing import Any

from config import parent

STOP_SECONDS = 10.0
# Before everything runs nobody is served, so nothing is worth waiting for.
STOP_SECONDS_WHILE_STARTING = 0.5
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def spawn(command: list[str], **options: Any) -> "subprocess.Popen[str]":
    """Start a process that is killed when this one ends, however it ends.

    A session of its own: Ctrl-C reaches only us, and we stop the parts in order.
    """
    # While it forks, Python runs code of its own that swallows what a signal's handler raises.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    tie = partial(_tie, os.getpid(), mask)
    try:
        return subprocess.Popen(command, text=True, start_new_session=True, preexec_fn=tie, **options)  # noqa: S603
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _tie(supervisor: int, mask: Iterable[int]) -> None:
    """In the new process, before its command: it ends with us, and hears the signals that we do not hear now."""
    parent.end_with(supervisor)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@dataclass
class Part:
    """A process of the installation; one that ends by itself is started again."""

    name: str
    command: list[str]
    process: "subprocess.Popen[str] | None" = None
    started_at: float = 0.0
    # Whether the others rely on it, and what it prints is for us alone, such as the sandbox and its keys.
    is_adopted: bool = False

    def start(self) -> None:
        self.process = spawn(self.command, stdout=subprocess.DEVNULL if self.is_adopted else None)
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
    is_started: bool = False
    is_leaving: bool = False

    def start(self, name: str, command: list[str]) -> Part:
        part = Part(name, command)
        part.start()
        self.parts.append(part)
        return part

    def adopt(self, name: str, command: list[str], process: "subprocess.Popen[str]") -> None:
        """Keep what somebody else has started, and read; when it is started again, nobody reads what it prints."""
        self.parts.append(Part(name, command, process, time.monotonic(), is_adopted=True))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Everything that is started inside ends with the block; a signal ends the block at once, status 0."""
        at_signals(self._leave)
        try:
            yield
        finally:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            self.stop()

    def watch(self) -> None:
        """Start again what ends by itself, until a signal comes."""
        self.is_started = True
        # Usually the signal has left the start or this loop already; where it was swallowed, it is remembered.
        while not self.is_leaving:
            time.sleep(0.5)
            for part in self.parts:
                if part.process and part.process.poll() is not None:
                    say(f"{part.name} ended with status {part.process.returncode}; starting it again.")
                    # A part that dies at once must not spin.
                    time.sleep(1.0 if time.monotonic() - part.started_at < 5 else 0.0)
                    part.start()

    def stop(self) -> None:
        """What was adopted goes last: a worker that still reads from the sandbox would try it again and again."""
        for adopted in (False, True):
            self._stop([part for part in reversed(self.parts) if part.is_adopted == adopted])

    def _stop(self, parts: list[Part]) -> None:
        for part in parts:
            part.stop()
        deadline = time.monotonic() + (STOP_SECONDS if self.is_started else STOP_SECONDS_WHILE_STARTING)
        for part in parts:
            part.wait(max(0.0, deadline - time.monotonic()))

    def _leave(self, _signal: int, _frame: FrameType | None) -> None:
        self.is_leaving = True
        raise SystemExit(0)


def at_signals(leave: Callable[[int, FrameType | None], None]) -> None:
    """Have every signal that asks this process to end call `leave`."""
    for number in SIGNALS:
        # Started by nohup, it goes on without its terminal.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, leave)


def say(text: str) -> None:
    """A line for the person at the terminal, who may have closed it."""
    try:
        print(text, flush=True)  # noqa: T201
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def carry_out(*programs: list[str]) -> None:
    """Run these Python programs beside each other to their ends; a failure ends the start with its own words."""
    running: list[subprocess.Popen[str]] = []
    try:
        for program in programs:
            command = [sys.executable, *program]
            running.append(spawn(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
        for process in running:
            process.wait()
    except BaseException:
        # Before the sandbox ends: they must not complain on the way out of what they find missing.
        for process in running:
            process.kill()
            process.wait()
        raise
    if any(process.returncode for process in running):
        sys.exit(1)
