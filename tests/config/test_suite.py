"""The suite itself: what two processes must not both do is kept together."""

import ast
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError
from django.db.migrations.loader import MigrationLoader

from integrations.workspace.models import User
from tests import emptying, ready, warm, without_database

BENCHMARKS, OURS = Path(__file__).parents[1] / "benchmarks", ("config", "contacts_ui", "integrations")


@pytest.mark.xdist_group("kept together")
def test_groups_are_honoured(request):
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("Tests are only grouped where several processes share them: `make test`.")

    assert request.node.nodeid.endswith("@kept together")


def imported(path):
    """(module, name) of all that a file takes from modules of ours, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        ours = isinstance(node, ast.ImportFrom) and (node.module or "").startswith(OURS)
        yield from ((node.module, one.name) for one in node.names if one.name != "*") if ours else ()


def test_what_the_benchmarks_take_from_the_product_is_there():
    """No test runs them, and some import within a function."""
    asked = {one for path in BENCHMARKS.rglob("*.py") for one in imported(path)}
    gone = [f"{module}.{name}" for module, name in asked if not hasattr(import_module(module), name)]
    assert asked
    assert gone == []


LAST_WORDS = """
import atexit, sys, threading, time
atexit.register(lambda: print("at the exit"))
threading.Thread(target=lambda: (time.sleep(0.3), print("a thread"))).start()
print("first")
sys.exit(("no", "text"))
"""


@pytest.mark.parametrize(
    "code",
    [
        "import os, sys; print(sys.argv, os.environ['ANSWER'], os.getcwd()); sys.exit('over')",
        "import sys; print(sys.stdin.read()); sys.exit(7)",
        "import os; print('never written', end=''); os.kill(os.getpid(), 15)",
        "import sys; print([name for name in sys.modules if name.startswith(('config', 'contacts', 'integrat'))])",
        LAST_WORDS,
        "import os; print(os.listdir('/proc/self/fd')[:3], os.getpgid(0) == os.getpgid(os.getppid()))",
    ],
    ids=["arguments", "streams", "a signal", "nothing of ours is loaded", "last words", "nothing else is open"],
)
def test_a_forked_process_is_like_one_that_was_started(code, tmp_path):
    place = {"cwd": tmp_path, "env": {"PATH": os.environ["PATH"], "ANSWER": "42"}}

    started = subprocess.run(
        [sys.executable, "-c", code, "one"], **place, input="two", capture_output=True, text=True
    )
    forked = warm.run(["-c", code, "one"], **place, given="two")

    assert forked.returncode == started.returncode
    assert (forked.stdout, forked.stderr) == (started.stdout, started.stderr)


def test_a_forked_process_may_have_ended_before_its_number_is_read(monkeypatch):
    class LateReader(socket.socket):
        def recv(self, *arguments):
            time.sleep(0.5)
            return super().recv(*arguments)

    def late(*kind):
        ours, theirs = socketpair(*kind)
        return LateReader(fileno=ours.detach()), theirs

    warm.control()
    socketpair = socket.socketpair
    monkeypatch.setattr(socket, "socketpair", late)
    assert warm.run(["-c", "raise SystemExit(7)"]).returncode == 7


def test_a_forked_process_can_be_ended_and_is_awaited():
    process = warm.Process(["-c", "import time; print(flush=True); time.sleep(600)"], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"\n"
    assert process.poll() is None

    process.kill()

    assert process.wait(timeout=120) == -signal.SIGKILL
    process.stdout.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [1, 2])
def test_what_a_test_has_committed_is_gone_for_the_next_one(number, alice):
    assert User.objects.count() == 1
    assert Permission.objects.exists()  # what migrating has written stays


def test_tables_are_emptied_again_when_somebody_wrote_meanwhile():
    refusals = [IntegrityError("still referenced"), IntegrityError("still referenced")]

    def empty():
        if refusals:
            raise refusals.pop()

    emptying.until_nobody_writes(empty, pause=0)

    assert refusals == []


def test_tables_that_cannot_be_emptied_are_said():
    def empty():
        raise IntegrityError("for ever")

    with pytest.raises(IntegrityError):
        emptying.until_nobody_writes(empty, pause=0, tries=3)


def test_the_database_that_processes_of_the_suite_begin_with_has_every_migration(tmp_path):
    ready.copy_database(tmp_path / "copy")

    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        applied = copy.execute("SELECT app, name FROM django_migrations").fetchall()
    assert sorted(applied) == sorted(MigrationLoader(None).disk_migrations)


@pytest.mark.parametrize("fixture", sorted(without_database.ASKED))
def test_what_asks_for_the_database_cannot_be_marked_as_without(request, monkeypatch, fixture):
    monkeypatch.setattr(request.node, "fixturenames", [*request.node.fixturenames, fixture])

    with pytest.raises(pytest.fail.Exception, match="asks for the database"):
        without_database.refuse(request.node)


@pytest.mark.django_db
def test_nor_can_what_is_marked_as_using_it(request):
    with pytest.raises(pytest.fail.Exception, match="asks for the database"):
        without_database.refuse(request.node)


@pytest.mark.without_database
def test_what_is_marked_is_refused_the_database_here():
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        User.objects.exists()


@pytest.mark.without_database
def test_and_finds_none_in_a_process_that_it_starts():
    code = "import psycopg, os; psycopg.connect(os.environ['DATABASE_URL'])"

    assert "Connection refused" in warm.run(["-c", code]).stderr


def test_every_place_that_is_marked_exists():
    assert [
        place
        for place in (*without_database.PLACES, *without_database.BUT)
        if not (without_database.ROOT / place).exists()
    ] == []


def test_a_place_is_marked_and_its_neighbour_is_not(request):
    def marked(name):
        node = pytest.Module.from_parent(request.session, path=without_database.ROOT / name)
        without_database.mark(node)
        return without_database.is_marked(node)

    assert marked("config/test_wording.py")
    assert not marked("config/test_suite.py")
    assert marked("sandbox/http/test_faults.py")
    assert not marked("sandbox/http/test_process.py")
