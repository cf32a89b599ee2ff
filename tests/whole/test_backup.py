"""The README's way to back up and to restore, its own lines run as they stand, on either database."""

import os
import re
import shutil
import subprocess

import psycopg
import pytest

from tests.postgres import SERVER
from tests.whole.installation import ROOT
from tests.whole.truth import differences

KEYS = ("secret_key", "secrets_keys")
README = (ROOT / "README.md").read_text()
AUDITED = (
    "from integrations.workspace.models import AuditEntry as A; print(list(A.objects.values_list('pk', 'act')))"
)


@pytest.mark.xdist_group("whole")
def test_what_the_readme_backs_up_is_all_there_after_its_restore(install, fresh, tmp_path):
    """Also what no sync brings back, the audit log, and what only the keys can read, the token."""
    sandbox = fresh("--contacts", "40", "--rate-limit", "1000000/10/100000000")
    installation = install(sandbox)
    installation.connect()
    installation.sync()
    held, audited = installation.export().read_bytes(), told(installation, AUDITED)

    where = Whereabouts(installation, tmp_path / "elsewhere")
    where.back_up()
    where.lose_everything()
    where.restore()
    installation.migrate()

    assert told(installation, AUDITED) == audited != "[]"
    assert installation.export().read_bytes() == held
    # Nobody works here; all else is well.
    assert "Problems found: worker." in installation.command("doctor", status=1).stderr
    installation.sync()
    assert differences(sandbox.state(), installation.export()) == []


class Whereabouts:
    """A working directory as the README sees it, with `var` in it, and a place for the copies."""

    def __init__(self, installation, place):
        self.installation, self.place = installation, place
        (place / "keys").mkdir(parents=True)
        (place / "var").symlink_to(installation.folder)

    def back_up(self):
        for line in (
            lines_with("sqlite3 var/db.sqlite3", "cp var/secret_key") if not SERVER else lines_with("pg_dump ")
        ):
            self._run(line.replace("/path/to/keys/", "keys/"))

    def lose_everything(self):
        folder = self.installation.folder
        if SERVER:  # whose keys stand in the settings
            with psycopg.connect(self.installation.env["DATABASE_URL"], autocommit=True) as connection:
                connection.execute("DROP SCHEMA public CASCADE")
                connection.execute("CREATE SCHEMA public")
            return
        for name in (*KEYS, "db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm"):
            (folder / name).unlink(missing_ok=True)

    def restore(self):
        if SERVER:
            [line] = re.findall(r"`(pg_restore [^`]+)`", README)
            self._run(line)
            return
        shutil.copy(self.place / "throughline.sqlite3", self.place / "var" / "db.sqlite3")
        for name in KEYS:
            shutil.copy(self.place / "keys" / name, self.place / "var" / name)

    def _run(self, line):
        env = os.environ | {"DATABASE_URL": self.installation.env["DATABASE_URL"]}
        done = subprocess.run(
            line, shell=True, cwd=self.place, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line} ended with {done.returncode}: {done.stderr}"


def lines_with(*beginnings):
    found = [line for line in README.splitlines() if line.startswith(beginnings)]
    assert len(found) == len(beginnings), f"The README has other lines than {beginnings}."
    return found


def told(installation, code):
    return installation.command("shell", "-v0", "-c", code).stdout.splitlines()[-1]
