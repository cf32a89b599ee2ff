"""One of several processes that find the same expired token: gets ready, and asks for a token when it is told to.

Run as `python -m tests.ghl.refresh_process CONNECTION_ID`; told by lines: `expire` lets the stored token expire,
`go` asks. Each answer is a line; a token is told as a digest, never itself.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import django

THREADS = 4


def main(connection_id: int) -> None:
    from django.utils import timezone

    from integrations.ghl.models import Location
    from integrations.ghl.tokens import StoredToken

    location = Location.objects.get(
        connection=connection_id
    )  # connected and imported before the start, so that the race is close
    with ThreadPoolExecutor(THREADS) as pool:
        print("ready", flush=True)
        for line in sys.stdin:
            if line.strip() == "expire":
                Location.objects.filter(connection=connection_id).update(expires_at=timezone.now())
                print("expired", flush=True)
                continue
            auths = [StoredToken(Location, location.pk) for _ in range(THREADS)]
            tokens = set(pool.map(lambda auth: auth.token(), auths))
            print(*(sha256(token.encode()).hexdigest() for token in tokens), flush=True)


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
