"""A whole installation in a folder of its own: commands and workers as real processes, nothing shared."""

import json
import os
import signal
import time
from pathlib import Path

from tests import warm

ROOT = Path(__file__).parents[2]
# How long whatever must happen may take. Only a failure needs so much, or a machine that does much else.
PATIENCE = 400


class Installation:
    """`database_url` empty means the embedded SQLite. Processes that a test starts are ended with it."""

    def __init__(self, folder, sandbox, *, database_url="", broker_url="", **settings):
        self.folder, self.sandbox = folder, sandbox
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GHL_", "PYTEST_"))},
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "CELERY_BROKER_URL": broker_url,
            "GHL_API_BASE_URL": sandbox.url,
            "GHL_AUTHORIZE_URL": f"{sandbox.url}/v2/oauth/chooselocation",
            "GHL_CLIENT_ID": sandbox.hello["client_id"],
            "GHL_CLIENT_SECRET": sandbox.hello["client_secret"],
            "GHL_WEBHOOK_ED25519_KEYS": sandbox.hello["webhook_public_key"],
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ENV_FILE": os.devnull,
            "LOG_LEVEL": "WARNING",
            "SYNC_LEASE_SECONDS": "1",
            "COLUMNS": "200",
            **{name: str(value) for name, value in settings.items()},
        }
        self.processes = []

    def start(self, *arguments, group=False):
        """A process that goes on until it is killed or the test ends; with `group`, the first of its own group.

        What it says goes into a file: a pipe that nobody reads stops whoever fills it.
        """
        with (Path(self.folder) / "processes.log").open("ab") as log:
            process = warm.Process(
                arguments, cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=group
            )
        self.processes.append(process)
        return process

    def command(self, *arguments, given="", status=0):
        """A management command to its end; its JSON answer."""
        done = self.run("manage.py", *arguments, given=given, status=status)
        return json.loads(done.stdout.splitlines()[-1]) if "--json" in arguments else done

    def run(self, *arguments, given="", status=0, timeout=PATIENCE):
        """A Python process to its end."""
        done = warm.run(arguments, cwd=ROOT, env=self.env, given=given, timeout=timeout)
        assert done.returncode == status, f"{arguments} ended with {done.returncode}: {done.stderr[-2000:]}"
        return done

    def migrate(self):
        self.command("migrate", "--verbosity", "0")

    def connect(self, *options):
        """Connect the sandbox's first sub-account by its private token."""
        hello = self.sandbox.hello
        arguments = ("--location", hello["location_id"], "--token-stdin", "--json", *options)
        return self.command("connect", *arguments, given=hello["pit"] + "\n")

    def sync(self, *options, status=0):
        return self.command("sync", "--json", *options, status=status)

    def export(self):
        path = Path(self.folder) / "export.jsonl"
        self.command("export", "--out", str(path))
        return path

    def end(self):
        for process in self.processes:
            kill_all(process)
        self.look_through_log()

    def look_through_log(self):
        """Show whoever reads why a test failed how it ended. Nobody may have waited in vain for the database."""
        log = Path(self.folder) / "processes.log"
        said = log.read_text(errors="replace") if log.exists() else ""
        print(said[-4000:])
        assert "database is locked" not in said


def kill_all(process):
    """End a process at once, and with it whatever it started if it leads a group of its own."""
    leads = process.poll() is None and os.getpgid(process.pid) == process.pid
    if leads:
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def wait_until(true, *, seconds=PATIENCE, what="it"):
    """Poll until a condition holds; a bound, not a measurement."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.02)
