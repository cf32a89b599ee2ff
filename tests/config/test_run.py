"""`make run` says in one sentence why it does not start, before anything runs."""

import os
import socket
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from config import demo, preflight
from integrations.workspace.models import User
from tests import warm
from tests.browser.house import free_port

ROOT = Path(__file__).parents[2]
KEYS = {"SECRET_KEY": "x" * 60, "SECRETS_KEYS": Fernet.generate_key().decode()}
CALLBACK = "/integrations/oauth/callback/"


def run(folder, **settings):
    env = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "ENV_FILE": os.devnull, **settings}
    command = ["-m", "config.run"]
    pipe = subprocess.PIPE
    with warm.Process(command, cwd=ROOT, env=env, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            out, err = process.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            # It did start: asked politely, it ends its parts too.
            process.terminate()
            out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("GHL_CLIENT_SECRET", {"GHL_CLIENT_ID": "id"}),
        ("GHL_CLIENT_ID", {"GHL_CLIENT_SECRET": "secret"}),
        (
            "GHL_REDIRECT_URI",
            {
                "GHL_CLIENT_ID": "id",
                "GHL_CLIENT_SECRET": "secret",
                "GHL_REDIRECT_URI": f"http://crm.example{CALLBACK}",
            },
        ),
        ("GHL_TIMEOUT", {"GHL_TIMEOUT": "-1"}),
        ("PORT", {"PORT": "http"}),
        ("PORT must be a whole number from 1 to 65535, not '0'", {"PORT": "0"}),
        ("PORT must be a whole number from 1 to 65535, not '99999'", {"PORT": "99999"}),
        ("SANDBOX_PORT", {"SANDBOX_PORT": "70000"}),
        ("SANDBOX_PORT 20007 is also PORT", {"SANDBOX_PORT": "20007", "PORT": "20007"}),
        ("SANDBOX_CONTACTS", {"SANDBOX_CONTACTS": "many"}),
        ("SANDBOX_CONTACTS", {"SANDBOX_CONTACTS": "0"}),
        ("CELERY_BROKER_URL", {"CELERY_BROKER_URL": "nonsense"}),
        ("EMAIL_URL", {"EMAIL_URL": "smtp://mail.example:99999"}),
        ("ENV_FILE", {"ENV_FILE": "/nowhere/at/all"}),
        ("DATA_DIR /dev/null cannot be used", {"DATA_DIR": "/dev/null"}),
        ("DATA_DIR /dev/null/below cannot be used", {"DATA_DIR": "/dev/null/below"}),
        ("DATA_DIR / holds more", {"DATA_DIR": "/"}),
        ("DATABASE_URL", {"DATABASE_URL": "postgres://host:99999/name", **KEYS}),
        ("Connection refused", {"DATABASE_URL": "postgres://me:hunter2@127.0.0.1:1/name", **KEYS}),
    ],
)
def test_a_wrong_setting_stops_the_start_by_its_name(tmp_path, name, settings):
    done = run(tmp_path, **settings)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert name in done.stderr
    assert "hunter2" not in done.stderr
    assert done.stdout == ""  # nothing was started, so there is nothing to stop


def test_a_garbage_database_stops_the_start(tmp_path):
    (tmp_path / "db.sqlite3").write_bytes(b"no database at all " * 500)

    done = run(tmp_path)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert "file is not a database" in done.stderr


@pytest.mark.parametrize("name", ["PORT", "SANDBOX_PORT"])
def test_a_port_that_is_taken_stops_the_start(tmp_path, name):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        done = run(tmp_path, **{"PORT": str(free_port()), name: str(number)})

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert f"{name} {number} is in use by another program" in done.stderr


def test_a_port_of_the_system_is_not_for_everybody():
    code = (
        "import os; from config import preflight; os.geteuid() or os.seteuid(65534);"
        "print(preflight.port_fault('PORT', 80))"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout

    assert said == "PORT 80 is reserved for administrators. Set PORT to 1024 or above.\n"


def test_a_port_whose_connections_were_just_closed_is_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        with socket.create_connection(server.getsockname()):
            server.accept()[0].close()  # closed first here, so it is here that the port lingers

    assert preflight.port_fault("PORT", number) == ""


def test_what_is_weak_is_said_and_starts_all_the_same(tmp_path, settings, capsys):
    settings.SECRET_KEY = "short"
    settings.SETTINGS_FILE = tmp_path / ".env"
    settings.SETTINGS_FILE.touch()
    settings.SETTINGS_FILE.chmod(0o644)

    preflight.warn()

    weak, readable = capsys.readouterr().err.splitlines()
    assert weak.startswith("Warning: SECRET_KEY is weak: it has 5 of at least 50 characters.")
    assert readable.endswith(f"Run: chmod 600 {tmp_path / '.env'}")


def test_what_is_strong_and_private_is_not_worth_a_word(tmp_path, settings, capsys):
    settings.SECRET_KEY = "abcdefghij" * 6
    settings.SETTINGS_FILE = Path(os.devnull)

    preflight.warn()

    assert capsys.readouterr().err == ""


def test_a_folder_that_cannot_be_locked_is_refused(tmp_path):
    (tmp_path / preflight.LOCK).mkdir()

    with pytest.raises(ImproperlyConfigured, match=r"supervisor\.lock cannot be locked \(Is a directory\)"):
        preflight.claim(tmp_path, "process 1")


def test_an_app_in_the_env_file_is_a_real_account_and_no_demo(tmp_path):
    (tmp_path / "env").write_text("GHL_CLIENT_ID=id\n")

    done = run(tmp_path, ENV_FILE=str(tmp_path / "env"))

    assert (done.returncode, done.stdout) == (1, "")
    assert "GHL_CLIENT_SECRET" in done.stderr


def test_no_demo_starts_over_a_real_installation(tmp_path):
    env = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "ENV_FILE": os.devnull}
    make = "from integrations.workspace.models import Workspace; Workspace.objects.create(name='Cedar')"
    for command in (["migrate", "--verbosity", "0"], ["shell", "--no-imports", "-c", make]):
        warm.run(["manage.py", *command], cwd=ROOT, env=env).check_returncode()

    done = run(tmp_path)

    assert done.returncode == 1
    assert "This data folder belongs to a real installation." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize(("app", "may_sign_in"), [("", True), ("id", False)], ids=["a demo", "a real account"])
def test_a_start_lets_the_demos_people_in_or_shuts_them_out(tmp_path, settings, monkeypatch, app, may_sign_in):
    settings.DATA_DIR = tmp_path
    monkeypatch.setenv("GHL_CLIENT_ID", app)
    monkeypatch.setattr(connection, "close", lambda: None)  # it is the test's as well
    person = User.objects.create_user("admin@demo.example", "x", is_demo=True)

    preflight.keep_apart()

    person.refresh_from_db()
    assert (person.is_active, (tmp_path / "demo").exists()) == (may_sign_in, may_sign_in)


class Refusing(BaseHTTPRequestHandler):
    """A site that knows no host of this name, as one behind a proxy does."""

    def do_GET(self):
        self.send_error(400)

    def log_message(self, *_):
        pass


def test_a_site_that_refuses_this_machines_name_has_started_all_the_same():
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        Thread(target=server.handle_request, daemon=True).start()

        demo.wait_for_web(server.server_port)
