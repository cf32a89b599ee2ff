"""The request budget: how much of the limit a sweep uses, and how long people wait beside it.

With `--person` it is that person, inside of an installation's environment: it calls for as long as standard input
is open and then says how long each call waited.
"""

import json
import subprocess
import sys
import threading
import time

CONTACTS = 1_000
LIMITED = ("--rate-limit", "--latency", "150-400")
SOMEBODY_IS_THERE = (
    "from integrations.workspace.models import User; from django.utils import timezone; import datetime;"
    "u = User.objects.create_superuser('here@example.com', 'correct horse battery');"
    "u.last_active_at = timezone.now() + datetime.timedelta(hours=1); u.save()"
)
PAUSE = 0.7  # seconds between two calls of a person


def rows():
    yield from at_the_limit("nobody active", must=">= 9.7")
    yield from at_the_limit("someone active", must="7.8 to 8.0", someone_is_there=True)
    yield from person_during_a_sweep()


def at_the_limit(who, *, must, someone_is_there=False):
    """100 per 10 s and 150 to 400 ms: how much of the rate is used, and whether it is ever exceeded."""
    from tests.benchmarks.rows import Row, installed
    from tests.whole.truth import differences

    with installed("--contacts", str(CONTACTS), *LIMITED) as (sandbox, installation):
        if someone_is_there:
            installation.command("shell", "-v0", "-c", SOMEBODY_IS_THERE)
        installation.sync()
        counts = sandbox.counts()
        # From the first request to the last, as the sandbox saw them.
        rate = counts["requests"] / counts["seconds"]
        yield Row(
            f"requests/s at 100 per 10 s, {CONTACTS:,} contacts, {who}", f"{rate:.2f}", "10.00 allowed", must
        )
        yield Row("answers of 429", f"{counts['rate_limited']}", must="0")
        lost = differences(sandbox.state(), installation.export())
        yield Row("differences from the truth", f"{len(lost)}", must="0")


def person_during_a_sweep(contacts=CONTACTS):
    """From a person's call to the request that it sends, while a sweep uses all that it may."""
    from tests.benchmarks.rows import Row, installed

    with installed("--contacts", str(contacts), *LIMITED) as (sandbox, installation):
        installation.command("shell", "-v0", "-c", SOMEBODY_IS_THERE)
        command = [sys.executable, "-m", "tests.benchmarks.budget", "--person"]
        with subprocess.Popen(
            command,
            env=installation.env | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as person:
            installation.sync()
            waits = sorted(json.loads(person.communicate()[0]))
        limited = sandbox.counts()["rate_limited"]
        p95 = f"{waits[int(0.95 * len(waits))] * 1000:.0f}"
        longest = f"longest of {len(waits)}: {waits[-1] * 1000:.0f}"
        yield Row("ms from a person's call to its request, p95, beside a sweep", p95, longest, "<= 300")
        yield Row("answers of 429 to sweep and person", f"{limited}", must="0")


def be_a_person():
    """Call, note how long the request took to leave, pause; print the seconds of every call when input ends."""
    import django

    django.setup()
    from integrations.connections.models import Connection
    from integrations.connections.ports import Lane
    from integrations.ghl.client.transport import PooledTransport
    from integrations.ghl.provider import GhlProvider

    class Timed(PooledTransport):
        def send(self, request, timeout):
            self.sent_at = time.monotonic()
            return super().send(request, timeout)

    transport, waits, over = Timed(), [], threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    connection = Connection.objects.get()
    while not over.wait(PAUSE):
        began = time.monotonic()
        reader = GhlProvider(transport).reader(connection, Lane.PERSON)
        reader.client.locations.get(connection.external_id)
        waits.append(transport.sent_at - began)
    print(json.dumps(waits))


if __name__ == "__main__":
    assert "--person" in sys.argv, "Run it as a part: python -m tests.benchmarks budget"
    be_a_person()
