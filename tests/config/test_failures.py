"""A management command that cannot use its database, file or output says so in one sentence."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.management import ManagementUtility
from django.db import DatabaseError, DataError, IntegrityError, OperationalError, ProgrammingError

from integrations.security import strength
from integrations.sync.management import failures
from tests import warm

ROOT = Path(__file__).parents[2]
KEYS = {"SECRET_KEY": "x" * 60, "SECRETS_KEYS": Fernet.generate_key().decode()}
NO_SERVER = {"DATABASE_URL": "postgres://me:hunter2@127.0.0.1:1/none", **KEYS}


def environment(folder, **settings):
    return {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "ENV_FILE": os.devnull, **settings}


def command(folder, *arguments, **settings):
    return warm.run(["manage.py", *arguments], cwd=ROOT, env=environment(folder, **settings))


@pytest.fixture
def garbage(tmp_path):
    (tmp_path / "db.sqlite3").write_bytes(b"no database at all " * 500)
    return tmp_path


@pytest.mark.parametrize(
    "arguments", [("migrate",), ("sync", "--json"), ("createsuperuser", "--email", "a@b.example")]
)
def test_a_garbage_database_is_one_sentence_for_every_command(garbage, arguments):
    done = command(garbage, *arguments)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "file is not a database. Put the file back from a backup" in done.stderr


def test_the_json_of_a_command_says_what_the_sentence_says(tmp_path):
    done = command(tmp_path, "export", "--out", str(tmp_path / "out"), "--json", **NO_SERVER)

    assert done.returncode == 1
    assert json.loads(done.stdout)["error"] == done.stderr.strip()
    assert "port 1 failed" in done.stderr
    assert "hunter2" not in done.stderr


def test_an_unknown_command_is_wrong_use(tmp_path):
    done = command(tmp_path, "nosuch")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Unknown command: 'nosuch'")


def test_wrong_use_is_a_sentence_without_the_name_of_an_exception(tmp_path):
    done = command(tmp_path, "replay")

    assert done.returncode == 2
    assert done.stderr == "Error: Give --event, or both --since and --until.\n"


def test_doctor_tells_of_a_database_that_cannot_be_used_beside_the_rest(garbage):
    done = command(garbage, "doctor", "--json", SECRET_KEY="short")

    findings = {row["check"]: row for row in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert {name: row["ok"] for name, row in findings.items()} == {
        "configuration": True,
        "secret key": True,
        "database": False,
        "broker": True,
    }
    assert "5 of at least 50 characters" in findings["secret key"]["says"]
    assert findings["database"]["advice"].startswith("Put the file back from a backup")


def test_a_database_without_its_tables_asks_for_migrate(tmp_path):
    done = command(tmp_path, "sync", "--json")

    assert (done.returncode, "Run: python manage.py migrate" in done.stderr) == (1, True)


def test_a_traceback_is_there_for_who_asks(tmp_path):
    done = command(tmp_path, "migrate", "--traceback", **NO_SERVER)

    assert "Traceback" in done.stderr


def test_whoever_stops_a_command_gets_no_traceback(tmp_path):
    waiting = [
        sys.executable,
        "manage.py",
        "shell",
        "--no-imports",
        "-c",
        "print(1, flush=True); import time; time.sleep(60)",
    ]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        waiting, cwd=ROOT, env=environment(tmp_path), stdout=pipe, stderr=pipe, text=True
    ) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=300)

    assert (process.returncode, said) == (1, "Stopped.\n")


def test_whoever_closes_the_output_gets_no_traceback(tmp_path):
    writing = [sys.executable, "manage.py", "shell", "--no-imports", "-c", "while True: print('x' * 9999)"]
    pipe = subprocess.PIPE
    with subprocess.Popen(writing, cwd=ROOT, env=environment(tmp_path), stdout=pipe, stderr=pipe) as process:
        process.stdout.read(10)
        process.stdout.close()
        said = process.stderr.read()

    assert (process.returncode, said) == (1, b"")


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("connect --location x --token-stdin <&-", 2, "Error: There was no token on stdin."),
        ("diffsettings >&-", 0, ""),
    ],
)
def test_whoever_starts_a_command_with_a_closed_stream_gets_no_traceback(tmp_path, line, status, said):
    shell = ["sh", "-c", f"{sys.executable} manage.py {line}"]
    done = subprocess.run(shell, cwd=ROOT, env=environment(tmp_path), input="", capture_output=True, text=True)

    assert (done.returncode, len(done.stderr.splitlines())) == (status, 1 if said else 0)
    assert done.stderr.startswith(said)


def test_a_full_disk_behind_a_short_output_is_one_sentence(tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "manage.py", "diffsettings"],
            cwd=ROOT,
            env=environment(tmp_path),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert done.stderr.startswith("No space left on device.")


def test_nobody_who_reads_a_short_output_is_no_sentence(tmp_path):
    unread, writable = os.pipe()
    os.close(unread)
    program = [sys.executable, "manage.py", "diffsettings"]
    done = subprocess.run(
        program, cwd=ROOT, env=environment(tmp_path), stdout=writable, stderr=subprocess.PIPE, text=True
    )
    os.close(writable)

    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("asked", [("work", "--until-idle", "--timeout"), ("write", "note.create", "--undo")])
@pytest.mark.parametrize("text", ["nan", "inf", "1e300", "-5", "soon"])
def test_a_wait_is_a_number_of_seconds_within_a_day(asked, text, capsys):
    with pytest.raises(SystemExit) as raised:
        ManagementUtility(["manage.py", *asked, text]).execute()

    assert raised.value.code == 2
    assert f"a number of seconds from 0 to 86,400 is needed, not {text}" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--since", "--until"])
@pytest.mark.parametrize("text", ["soon", "2026-13-01", "0001-01-01T00:00:00+05:00", ""])
def test_a_time_that_cannot_be_is_named_with_one_that_can(option, text, capsys):
    with pytest.raises(SystemExit) as raised:
        ManagementUtility(["manage.py", "replay", option, text]).execute()

    assert raised.value.code == 2
    assert f"a time such as 2026-03-02T09:00:00Z is needed, not {text}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (OperationalError("no such table: x"), "Run: python manage.py migrate"),
        (ProgrammingError('relation "x" does not exist\nLINE 1: SELECT'), "Run: python manage.py migrate"),
        (OperationalError("database or disk is full"), "Free some space"),
        (OperationalError("disk I/O error"), "Check that the disk works"),
        (OperationalError("attempt to write a readonly database"), "Make the file and its folder writable"),
        (OperationalError("database is locked"), "Try again"),
        (OperationalError('FATAL: password authentication failed for user "me"'), "Check user and password"),
        (OperationalError('FATAL: role "me" does not exist'), "Check user and password"),
        (OperationalError('FATAL: database "x" does not exist'), "Create it"),
        (OperationalError("connection refused\n\tIs the server running?"), "Check DATABASE_URL"),
        (DatabaseError("database disk image is malformed"), "Put the file back"),
        (OSError(28, "No space left on device"), "Free some space on the disk"),
        (FileNotFoundError(2, "No such file or directory", "/nowhere/x"), "Correct that"),
    ],
)
def test_each_failure_comes_with_what_to_do(error, advice):
    said = failures.sentence(error)

    assert said.count("\n") == 0
    assert advice in said


@pytest.mark.parametrize("error", [IntegrityError("x"), DataError("x"), BrokenPipeError(), ValueError("x")])
def test_a_fault_of_the_program_keeps_its_traceback(error):
    assert failures.sentence(error) is None


@pytest.mark.parametrize(
    ("key", "weakness"),
    [
        ("abcdefghij" * 5, ""),
        ("abcdefghi" * 5, "45 of at least 50 characters"),
        ("abcd" * 20, "4 of at least 5 different"),
        ("django-insecure-" + "abcdefghij" * 5, "made for development"),
    ],
)
def test_a_weak_secret_key_is_known_by_djangos_own_rule(key, weakness, settings):
    from django.core.checks.security.base import check_secret_key

    settings.SECRET_KEY = key

    assert weakness in strength.weakness_of_secret_key(key)
    assert bool(strength.weakness_of_secret_key(key)) is bool(check_secret_key(None))


@pytest.mark.parametrize(("mode", "open_to_others"), [(0o600, False), (0o640, True), (0o604, True), (0o644, True)])
def test_a_settings_file_that_others_can_read_is_noticed(tmp_path, mode, open_to_others):
    path = tmp_path / ".env"
    path.touch(mode)
    path.chmod(mode)

    assert strength.is_readable_by_others(path) is open_to_others


def test_what_a_database_repeats_of_a_row_shows_no_secret():
    said = failures.sentence(OperationalError("disk full at row (dana@example.com, pit-0123456789abcdef)"))

    assert "dana@example.com" not in said
    assert "pit-0123456789abcdef" not in said
