"""Keys of whole installations: one that is lost and made anew, and one that is changed while everything runs."""

import threading
import time
from pathlib import Path

import pytest
import requests
from cryptography.fernet import Fernet

from tests.browser.house import PASSWORD
from tests.faults.questions import ends_well
from tests.ghl.conftest import CALLBACK, code_for
from tests.whole.installation import kill_all, wait_until
from tests.whole.test_web_kills import EMAIL, Web
from tests.whole.test_worker_kills import RUN, shell, worker

pytestmark = pytest.mark.xdist_group("whole")
SENTENCE = "The stored sign-in cannot be read with the keys in SECRETS_KEYS."
PAGES = ("/contacts/", "/connections/", "/sync/")
STANDING = (
    "from integrations.ghl.models import Location; c = Location.objects.select_related('connection').get(); "
    "print(c.connection.state, c.is_readable)"
)
TASK = "from integrations.activity.models import Task; print(Task.objects.open().first().remote_id)"
# Wishes a few more tasks completed, so that there is something to send whatever is rotated.
TICK = """
from integrations.activity.models import Task; from integrations.sync import commands
from integrations.sync.models import Write
unticked = Task.objects.open().exclude(contact=None).exclude(pk__in=Write.objects.values("target_id"))
for task in list(unticked.order_by("pk")[:3]):
    commands.write("task.complete", task, actor=None, undo_seconds=0)
"""


def new_key():
    return Fernet.generate_key().decode()


def connect(installation, sandbox):
    code = code_for(sandbox, sandbox.location_id)
    return installation.command("connect", "--oauth-code", code, "--json")


def web_of(installation):
    installation.env["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
    installation.command("createsuperuser", "--noinput", "--email", EMAIL)
    web = Web(installation)
    web.start()
    web.sign_in()
    return web


def read(web, page):
    return web.browser.get(web.url + page, timeout=120)


def lose_key(installation):
    """What a start says about an empty key file: delete it, for a new key. Elsewhere keys come from outside."""
    kept = Path(installation.folder) / "secrets_keys"
    if installation.env["SECRETS_KEYS"] or not kept.exists():
        installation.env["SECRETS_KEYS"] = new_key()
    else:
        kept.unlink()


def ends_with_a_sentence(installation, *arguments):
    done = installation.command(*arguments, status=1)
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def installation(install, fresh):
    sandbox = fresh("--contacts", "20", "--rate-limit", "1000000/10/100000000")
    made = install(sandbox, GHL_REDIRECT_URI=CALLBACK)
    made.env["SECRETS_KEYS"] = new_key() if made.env["DATABASE_URL"] else ""
    return made


def test_after_a_lost_key_every_page_reads_commands_say_one_line_and_one_reconnect_repairs(installation):
    sandbox = installation.sandbox
    connection = connect(installation, sandbox)["connection"]
    installation.sync()
    task = shell(installation, TASK)
    lose_key(installation)
    web = web_of(installation)

    assert [read(web, page).status_code for page in PAGES] == [200, 200, 200]
    assert SENTENCE in read(web, "/connections/").text
    for command in (("sync",), ("doctor",), ("complete_task", "--task", task)):
        assert SENTENCE in ends_with_a_sentence(installation, *command)
    assert "2 secrets cannot be read" in ends_with_a_sentence(installation, "rotate_keys")
    installation.command("work", "--until-idle", "--timeout", "300", "--json")
    installation.export()

    assert connect(installation, sandbox)["connection"] == connection
    installation.sync()
    assert SENTENCE not in read(web, "/connections/").text
    assert installation.command("revoke", "--connection", connection, "--json")["state"] == "revoked"


def test_keys_that_are_none_end_every_command_with_one_sentence(installation):
    installation.env["SECRETS_KEYS"] = "no key at all"

    for command in ("sync", "doctor", "rotate_keys", "work --until-idle", "revoke --connection 1"):
        said = ends_with_a_sentence(installation, *command.split())
        assert said.count("\n") == 1
        assert "SECRETS_KEYS holds a value that is not a Fernet key" in said


class Onlooker:
    """Reads pages all the time, and remembers what the server answered; that it is restarted is no fault."""

    def __init__(self, web):
        self.web, self.seen, self.is_over = web, [], threading.Event()
        self.browser = requests.Session()
        self.browser.cookies.update(web.browser.cookies)
        self.thread = threading.Thread(target=self._look)

    def _look(self):
        while not self.is_over.is_set():
            for page in PAGES:
                try:
                    self.seen.append((page, self.browser.get(self.web.url + page, timeout=120).status_code))
                except requests.RequestException:
                    time.sleep(0.05)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()


class Parts:
    """Web, worker and beat. The first two are stopped and started with the keys of the moment; beat reads none."""

    def __init__(self, installation):
        self.installation = installation
        self.beat = installation.start("-m", "celery", "--quiet", "-A", "config.celery", "beat")
        self.worker = worker(installation)
        self.web = web_of(installation)

    def restart_web(self):
        self.web.kill()
        self.web.start()

    def restart_worker(self):
        kill_all(self.worker)
        self.worker = worker(self.installation)

    def restart_all(self, keys):
        self.installation.env["SECRETS_KEYS"] = keys
        self.restart_web()
        shell(self.installation, TICK)
        self.restart_worker()


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 6))])
def test_keys_are_changed_while_everything_runs_and_nothing_is_lost(install, fresh, seed):
    options = ("--rate-limit", "1000000/10/100000000", "--latency", "20-60")
    sandbox = fresh("--contacts", "60", "--seed", str(seed), *options)
    installation = install(sandbox, GHL_REDIRECT_URI=CALLBACK, SYNC_INTERVAL_SECONDS=5)
    old, new = new_key(), new_key()
    installation.env["SECRETS_KEYS"] = old
    connect(installation, sandbox)
    parts = Parts(installation)

    with Onlooker(parts.web) as onlooker:
        wait_until(lambda: sandbox.counts()["requests"] > 20, what="the sync")
        parts.restart_all(f"{new},{old}")
        moved = installation.command("rotate_keys", "--json")
        installation.env["SECRETS_KEYS"] = old
        parts.restart_web()
        assert SENTENCE in read(parts.web, "/connections/").text
        parts.restart_all(new)
        wait_until(lambda: shell(installation, RUN).startswith("done"), what="the end of a sync")

    assert (moved["moved"], moved["unreadable"]) == (2, 0)
    assert {status for _, status in onlooker.seen} == {200}
    assert {page for page, _ in onlooker.seen} == set(PAGES)
    assert shell(installation, STANDING) == "connected True"
    kill_all(parts.beat)
    installation.command("work", "--until-idle", "--timeout", "300", "--json")
    ends_well(installation)
    assert sandbox.counts()["writes_by_record"]
