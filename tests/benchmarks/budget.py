"""Measures the request budget: how much of the limit a sweep uses, and how long people wait beside it.

`python -m tests.benchmarks.budget [CONTACTS]` prints the rows; with `--person` it is the person, inside of an
installation's environment, who calls for as long as standard input is open and then says how long each waited.
"""

import json
import subprocess
import sys
import threading
import time

SOMEBODY = (
    "from integrations.workspace.models import User; from django.utils import timezone as t;"
    "from datetime import timedelta as d;"
    "u = User.objects.create_superuser('here@example.com', 'correct horse battery');"
    "User.objects.filter(pk=u.pk).update(last_active_at=t.now() + d({}))"
)
PAUSE = 0.7  # seconds between two calls of a person


def at_the_limit(contacts, *, someone_is_active=False):
    """100 per 10 s and 150 to 400 ms: how much of the rate is used, and whether it is ever exceeded."""
    from tests.benchmarks.__main__ import Row, installed
    from tests.whole.truth import differences

    who, aim = ("someone active", "7.8 to 8.0") if someone_is_active else ("nobody active", "at least 9.7")
    with installed("--contacts", str(contacts), "--rate-limit", "--latency", "150-400") as (sandbox, installation):
        if someone_is_active:
            installation.command("shell", "-v0", "-c", SOMEBODY.format("hours=1"))
        installation.sync()
        counts = sandbox.counts()
        yield Row(f"requests/s, {who}, {contacts} contacts", f"{counts['requests'] / counts['seconds']:.2f}", aim)
        yield Row(f"answers of 429, {who}", f"{counts['rate_limited']}", "0")
        lost = differences(sandbox.state(), installation.export())
        yield Row(f"differences from the truth, {who}", f"{len(lost)}", "0")


def person_during_a_sweep(contacts):
    """From a person's call to the request that it sends, while a sweep uses all that it may."""
    from tests.benchmarks.__main__ import Row, installed

    with installed("--contacts", str(contacts), "--rate-limit", "--latency", "150-400") as (sandbox, installation):
        installation.command("shell", "-v0", "-c", SOMEBODY.format("hours=1"))
        sweep = threading.Thread(target=installation.sync)
        sweep.start()
        command = [sys.executable, "-m", "tests.benchmarks.budget", "--person"]
        with subprocess.Popen(
            command,
            env=installation.env | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as person:
            sweep.join()
            waits = sorted(json.loads(person.communicate()[0]))
        p95 = waits[int(0.95 * len(waits))] * 1000
        yield Row(f"person's call to request sent, p95 of {len(waits)}, ms", f"{p95:.0f}", "at most 300")
        yield Row("the same, longest, ms", f"{waits[-1] * 1000:.0f}", "-")
        yield Row("answers of 429, sweep and person", f"{sandbox.counts()['rate_limited']}", "0")


def rows(contacts):
    """Everything that this file measures, as rows."""
    yield from at_the_limit(contacts)
    yield from at_the_limit(contacts, someone_is_active=True)
    yield from person_during_a_sweep(contacts)


def be_a_person():
    """Call, note how long the request took to leave, pause; the seconds of every call when the input ends."""
    import django

    django.setup()
    from integrations.ghl.client.transport import RequestsTransport
    from integrations.ghl.models import Connection
    from integrations.ghl.provider import GhlProvider
    from integrations.sync.ports import Lane

    class Timed(RequestsTransport):
        def send(self, request, timeout):
            self.sent_at = time.monotonic()
            return super().send(request, timeout)

    transport, waits, over = Timed(), [], threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    workspace_id = Connection.objects.values_list("workspace_id", flat=True).get()
    while not over.wait(PAUSE):
        began = time.monotonic()
        reader = GhlProvider(transport).reader(workspace_id, Lane.PERSON)
        reader.client.locations.get(reader.location)
        waits.append(transport.sent_at - began)
    print(json.dumps(waits))


if __name__ == "__main__":
    if "--person" in sys.argv:
        be_a_person()
    else:
        for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 1000):
            print(f"{row.what:52}{row.measured:>24}   {row.floor}", flush=True)
