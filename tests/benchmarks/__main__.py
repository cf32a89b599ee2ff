"""Measures syncs against the sandbox and pages of a large account, each beside its peer or floor: `make bench`.

`python -m tests.benchmarks [part ...]` runs some parts only. A part is a module here; its `rows()` yields `Row`s.
"""

import argparse
from importlib import import_module

PARTS = (
    "full_sync",
    "memory",
    "budget",
    "refresh",
    "messages",
    "first_screen",
    "on_open",
    "webhooks",
    "visible",
    "transactions",
    "strangers",
    "outages",
    "pages",
    "hops",
)
DATABASES = ("sqlite", "postgresql")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument(
        "part", nargs="*", choices=PARTS, metavar="part", help=f"all by default: {', '.join(PARTS)}"
    )
    parser.add_argument("--database", choices=DATABASES, help="of `pages`, which measures both by default")
    given = parser.parse_args()
    print(f"{'what':62} {'measured':>16}   {'peer or floor':30} must")
    for name in given.part or PARTS:
        options = {"databases": [given.database] if given.database else DATABASES} if name == "pages" else {}
        for row in import_module(f"tests.benchmarks.{name}").rows(**options):
            print(f"{row.what:62} {row.measured:>16}   {row.beside:30} {row.must}", flush=True)


if __name__ == "__main__":
    main()
