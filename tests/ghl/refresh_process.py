"""One of several processes that find the same expired token: gets ready, waits to be released, asks for a token.

Run as `python -m tests.ghl.refresh_process CONNECTION_ID [expire]`. The answer is a digest; no token is printed.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import django

THREADS = 4


def main(connection_id: int, *, expire: bool) -> None:
    from django.utils import timezone

    from integrations.ghl.models import Connection
    from integrations.ghl.tokens import StoredToken

    if expire:
        Connection.objects.filter(pk=connection_id).update(expires_at=timezone.now())
        return
    Connection.objects.get(pk=connection_id)  # connected and imported before the start, so that the race is close
    auths = [StoredToken(Connection, connection_id) for _ in range(THREADS)]
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(THREADS) as pool:
        tokens = set(pool.map(lambda auth: auth.token(), auths))
    print(*(sha256(token.encode()).hexdigest() for token in tokens), flush=True)


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]), expire="expire" in sys.argv)
