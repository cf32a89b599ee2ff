"""One of several processes that share a budget: gets ready, waits to be released, asks for all it can get.

Run as `python -m tests.ghl.budget_process LANE`. The answer is how many requests it may send.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import django

THREADS, ASKED = 4, 40


def main(lane: str) -> None:
    from django.db import connection

    from integrations.ghl.budget import BUCKET

    def ask(_: int) -> int:
        granted = sum(BUCKET.take("loc-1", lane).granted for _ in range(ASKED))
        connection.close()
        return granted

    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(THREADS) as pool:
        print(sum(pool.map(ask, range(THREADS))), flush=True)


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1])
