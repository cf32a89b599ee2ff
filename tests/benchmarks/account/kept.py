"""Where the big account is kept: a folder of the user's cache, on PostgreSQL with a database of its own."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg

from config import embedded
from tests.benchmarks.account.pattern import make
from tests.postgres import SERVER, url_of

ROOT = Path(__file__).parents[3]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "throughline-benchmarks"
# Each takes some gigabytes; other checkouts may use the ones of other schemas.
MOST_KEPT = 3
FACTS = "facts.json"


@dataclass(frozen=True)
class Account:
    """`env` is what a process needs to serve it; `facts` are the ids and words that pages are asked with."""

    folder: Path
    env: dict[str, str]
    facts: dict[str, Any]


def kept(database: str) -> Account:
    """The account on "sqlite" or "postgresql", made now unless it was made for the same schema before."""
    name = f"{database}-{_digest()}"
    folder, url = CACHE / name, url_of(_database_name(name)) if database == "postgresql" else ""
    facts = folder / FACTS
    with _alone():
        if not facts.exists():
            _forget(name)
            folder.mkdir(mode=0o700)
            if url:
                _on_server(f'CREATE DATABASE "{_database_name(name)}"')
            found = make(folder, url, _keys(folder))
            facts.write_text(json.dumps(found))
        facts.touch()
        _forget_oldest(database)
    return Account(folder, _environment(folder, url), json.loads(facts.read_text()))


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process makes an account or forgets one."""
    CACHE.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest() -> str:
    """Differs when the schema does, and when the account is made in another way."""
    migrations = sorted((ROOT / "integrations").glob("*/migrations/*.py"))
    own = sorted(path for path in Path(__file__).parent.glob("*.py") if path.name != Path(__file__).name)
    return sha256(b"".join(path.read_bytes() for path in [*migrations, *own])).hexdigest()[:10]


def _keys(folder: Path) -> dict[str, str]:
    names = ("SECRET_KEY", "SECRETS_KEYS")
    return {name: embedded.kept_secret(folder, name, "", embedded=True) for name in names}


def _environment(folder: Path, url: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GHL_")}
    return {
        **ours,
        **_keys(folder),
        "DATA_DIR": str(folder),
        "DATABASE_URL": url,
        "CELERY_BROKER_URL": os.environ.get("CELERY_BROKER_URL", "") if url else "",
        "GHL_API_BASE_URL": "http://127.0.0.1:9",  # pages ask nobody
        "ENV_FILE": os.devnull,
        "LOG_LEVEL": "WARNING",
    }


def _forget_oldest(database: str) -> None:
    made = sorted(CACHE.glob(f"{database}-*/{FACTS}"), key=lambda facts: facts.stat().st_mtime)
    for facts in made[:-MOST_KEPT]:
        _forget(facts.parent.name)


def _forget(name: str) -> None:
    shutil.rmtree(CACHE / name, ignore_errors=True)
    if name.startswith("postgresql"):
        _on_server(f'DROP DATABASE IF EXISTS "{_database_name(name)}" WITH (FORCE)')


def _database_name(name: str) -> str:
    return f"throughline_bench_{name.partition('-')[2]}"


def _on_server(statement: str) -> None:
    with closing(psycopg.connect(SERVER, autocommit=True)) as connection:
        connection.execute(statement)
