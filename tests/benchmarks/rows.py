"""What every benchmark shares: the row it prints, an installation beside its sandbox, and a program's own cost."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.browser.house import House, place_for_data
from tests.sandbox.process import running
from tests.whole.installation import Installation

ROOT = Path(__file__).parents[2]
EVEN = ("--per-contact", "2,2,1")
NO_LIMIT = ("--rate-limit", "1000000/10/100000000")
UNLIMITED = {"GHL_BURST_LIMIT": 1_000_000, "GHL_DAILY_LIMIT": 100_000_000}


@dataclass(frozen=True)
class Row:
    """One line of the table: `beside` is the peer or floor of the same run, `must` what it has to reach."""

    what: str
    measured: str
    beside: str = "-"
    must: str = "-"


@dataclass(frozen=True)
class Cost:
    """What a program took: wall and CPU seconds, peak memory in MB, and the JSON on its last line."""

    seconds: float
    cpu: float
    peak: float
    answer: dict


@contextmanager
def installed(*options, **settings):
    """A sandbox with these options and a connected installation beside it, both ended with the block."""
    with running(*EVEN, *options) as sandbox, tempfile.TemporaryDirectory() as folder:
        installation = Installation(folder, sandbox, **settings)
        installation.migrate()
        installation.connect()
        sandbox.admin("reset-counts")
        try:
            yield sandbox, installation
        finally:
            installation.end()


@contextmanager
def house_beside(*options):
    """A whole installation that is served, connected and read once, beside a sandbox with these options."""
    with (
        running(*EVEN, *NO_LIMIT, *options) as sandbox,
        tempfile.TemporaryDirectory() as folder,
        place_for_data() as (database_url, broker_url),
    ):
        house = House(Path(folder), sandbox, database_url=database_url, broker_url=broker_url)
        try:
            house.open()
            house.connect()
            house.sync()
            yield house
        finally:
            house.end()


def cost_of(*arguments, env):
    """Run `python ARGUMENTS` to its end; what it cost by itself, whatever other children there are."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as said:
        began = time.monotonic()
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=env, stdout=out, stderr=said)
        status, used, peak = _watched(process.pid)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said.seek(0)
        assert process.returncode == 0, f"{arguments} ended with {process.returncode}: {said.read()[-2000:]}"
        answer = json.loads(out.read().splitlines()[-1])
    return Cost(seconds, used.ru_utime + used.ru_stime, peak, answer)


def _watched(pid):
    """(status, resources used, peak memory in MB) of a process once it has ended.

    The kernel's own figure for a child begins with its parent's memory, and this process may have grown large.
    """
    peak = 0
    while True:
        with suppress(OSError):
            found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
            peak = int(found[1]) / 1024 if found else peak
        ended, status, used = os.wait4(pid, os.WNOHANG)
        if ended:
            return status, used, peak
        time.sleep(0.05)
