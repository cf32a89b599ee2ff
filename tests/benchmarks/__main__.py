"""Measures syncs against the sandbox, each figure beside its peer or floor: `make bench`.

`python -m tests.benchmarks [part ...]` runs some parts only. A part is a module here; its `rows()` yields `Row`s.
"""

import sys
from importlib import import_module

PARTS = (
    "full_sync",
    "memory",
    "budget",
    "first_screen",
    "on_open",
    "webhooks",
    "visible",
    "transactions",
    "strangers",
    "outages",
)


def main(names):
    unknown = set(names) - set(PARTS)
    if unknown:
        sys.exit(f"There is no part {', '.join(sorted(unknown))}. The parts are: {', '.join(PARTS)}.")
    print(f"{'what':62} {'measured':>16}   {'peer or floor':30} must")
    for name in names or PARTS:
        for row in import_module(f"tests.benchmarks.{name}").rows():
            print(f"{row.what:62} {row.measured:>16}   {row.beside:30} {row.must}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
