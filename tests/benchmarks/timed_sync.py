"""Two full syncs in the foreground that also tell how long each write transaction held the database."""

import json
import time

import django

HELD = []


def main():
    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    class Timed(transaction.Atomic):
        """Times the outermost block from the moment it has the database."""

        def __enter__(self):
            is_outermost = not connection.in_atomic_block
            super().__enter__()
            if is_outermost:
                self.began = time.perf_counter()

        def __exit__(self, *error):
            super().__exit__(*error)
            if not connection.in_atomic_block:
                HELD.append(1000 * (time.perf_counter() - self.began))

    original = transaction.Atomic
    transaction.Atomic = Timed
    try:
        for _ in range(2):  # everything is new, then nothing is
            call_command("sync", full=True)
    finally:
        transaction.Atomic = original
    HELD.sort()
    figures = {
        "count": len(HELD),
        "p50": HELD[len(HELD) // 2],
        "p99": HELD[int(len(HELD) * 0.99)],
        "most": HELD[-1],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
