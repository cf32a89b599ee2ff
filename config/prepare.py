"""What comes before the parts start: tables, and in a demo its account and people.

`python -m config.prepare LOCATION`, the sandbox's sub-account, or "" outside of a demo. All of it in one process:
the imports of each command would take longer than most of what they do.
"""

import io
import sys
from collections.abc import Iterator

import manage
from config import demo

# config.preflight has just looked at all that they would look at first; `connect` never does.
CHECKED = ["--skip-checks"]


def commands(location_id: str) -> Iterator[list[str]]:
    """The management commands, each asked for once the ones before it are through."""
    yield ["migrate", "--verbosity", "0", *CHECKED]
    if location_id:
        code = demo.approved_code(location_id)
        # What it advises would ask the real GHL, and a demo reads by itself.
        yield ["connect", "--oauth-code", code, "--redirect-uri", demo.REDIRECT, "--json", "--verbosity", "0"]
        sys.stdin = io.StringIO(demo.PASSWORD)
        yield ["demo_people", *CHECKED]


def main() -> None:
    """Carry them out; the first that fails ends this process as it would end its own."""
    program, location_id = sys.argv
    for command in commands(location_id):
        sys.argv = [program, *command]
        manage.main()


if __name__ == "__main__":
    main()
