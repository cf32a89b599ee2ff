"""What a start makes anew in each folder and takes long: made once a test run, for all its processes to copy."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings

from tests import warm

ROOT = Path(__file__).parents[1]


def migrated() -> Path:
    """An embedded installation with its tables and nothing in them."""
    return _made_by("migrate")


def collected() -> Path:
    """The static files of the product, collected."""
    return _made_by("collectstatic") / "static"


def put(folder: Path) -> Path:
    """Make this folder a migrated installation with its static files collected."""
    shutil.copytree(migrated(), folder, symlinks=True)
    shutil.copytree(collected(), folder / "static")
    return folder


def copy_database(path: str) -> None:
    """Put the embedded database of a migrated installation there, without opening it as the product does."""
    with closing(sqlite3.connect(migrated() / "db.sqlite3")) as given, closing(sqlite3.connect(path)) as made:
        given.backup(made)


def _made_by(command: str) -> Path:
    """The data folder after this command; whoever comes first runs it, the others wait."""
    folder = Path(settings.DATA_DIR) / f"ready-{command}"
    with one_at_a_time(folder):
        if not folder.exists():
            draft = folder.with_suffix(".draft")
            env = {"PATH": os.environ["PATH"], "DATA_DIR": str(draft), "ENV_FILE": os.devnull}
            warm.run(["manage.py", command, "--noinput", "--verbosity", "0"], cwd=ROOT, env=env).check_returncode()
            draft.rename(folder)
    return folder


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Among all processes of a test run, while this folder is made."""
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
