"""Processes that all find the same expired token."""

import subprocess
from contextlib import contextmanager
from pathlib import Path

from tests import warm

ROOT = Path(__file__).parents[2]


@contextmanager
def racers(environment, connection, number):
    """So many processes, started and ready."""
    command = ["-m", "tests.ghl.refresh_process", str(connection)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    made = [warm.Process(command, cwd=ROOT, env=environment, **pipes) for _ in range(number)]
    try:
        assert [racer.stdout.readline() for racer in made] == ["ready\n"] * number
        yield made
    finally:
        for racer in made:
            racer.kill()
            racer.communicate()


def race(made):
    """The token expires, everybody asks at once; the digests of all tokens that they were given."""
    assert _told(made[:1], "expire") == ["expired"]
    return set(_told(made, "go"))


def _told(made, word):
    for racer in made:
        racer.stdin.write(f"{word}\n")
        racer.stdin.flush()
    return [answer for racer in made for answer in racer.stdout.readline().split()]
