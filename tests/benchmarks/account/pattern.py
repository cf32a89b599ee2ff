"""Makes the account: the product reads a small one from the sandbox, then its rows are multiplied."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.rows import NO_LIMIT, UNLIMITED
from tests.browser.house import ADMIN, PASSWORD
from tests.sandbox.process import Sandbox, running
from tests.whole.installation import Installation

PATTERNS, CHANGED = 400, 40
PATIENCE = 3600  # seconds


def make(folder: Path, database_url: str, keys: dict[str, str]) -> dict[str, Any]:
    """Fill an empty folder (and database); returns the facts that pages are asked with."""
    began = time.monotonic()
    print(f"Making the big account on {'PostgreSQL' if database_url else 'SQLite'}.", file=sys.stderr)
    with running("--contacts", str(PATTERNS), *NO_LIMIT) as sandbox:
        installation = Installation(folder, sandbox, database_url=database_url, **UNLIMITED, **keys)
        installation.migrate()
        _read(sandbox, installation)
    done = installation.run("-m", "tests.benchmarks.account.seed", timeout=PATIENCE)
    print(f"{done.stderr}It took {time.monotonic() - began:.0f} s.", file=sys.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def _read(sandbox: Sandbox, installation: Installation) -> None:
    """One row at least of whatever pages show: records, changes of contacts, runs, calls, a confirmed write."""
    name = installation.connect("--write")["name"]
    installation.sync()
    for person in sandbox.state(kinds="contact")[:CHANGED]:
        change = {"companyName": f"{person['companyName'] or 'Harbour'} and Partners", "source": "Referral"}
        sandbox.admin("mutate", {"kind": "contact", "action": "update", "id": person["id"], "fields": change})
    installation.sync()
    task = next(row for row in sandbox.state(kinds="task") if not row["completed"] and not row["deleted"])
    installation.command("complete_task", "--task", task["id"], "--json")
    granted = ("--email", ADMIN, "--workspace", name, "--role", "admin")
    installation.command("grant", *granted, given=f"{PASSWORD}\n")
