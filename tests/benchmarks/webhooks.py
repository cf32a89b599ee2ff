"""How fast a webhook is stored and answered, and how fast what it is about stands in the cache; no sweep runs."""

import json
import time
import uuid
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from http.client import HTTPConnection

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.benchmarks.rows import Row, house_beside
from tests.whole.installation import wait_until

CONTACTS, EVENTS, CHANGES = 200, 200, 60
PACE = 0.1  # seconds: 100 requests per 10 s are all that may follow from events
PATH = "/integrations/webhook/"
LAGS = """
import json; from integrations.sync.models import InboundEvent
rows = InboundEvent.objects.filter(type="NoteCreate").order_by("pk")
print(json.dumps([row.lag_to_applied and row.lag_to_applied.total_seconds() for row in rows.defer("body")]))
"""


def rows():
    """Two rows; both on whatever database the run was given."""
    with house_beside("--contacts", str(CONTACTS), "--seed", "1") as house:
        yield from _measured(house)


def _measured(house):
    post(house, events(house, 20))  # connections are open and code is loaded when the clock starts
    idle = floor(house)
    took = post(house, events(house, EVENTS))
    yield Row(
        "webhook: store and answer p95 (ms)",
        f"{p95(took) * 1000:.1f}",
        f"{idle * 1000:.1f} for a static file",
        "<= 20",
    )
    wait_until(lambda: None not in lags(house, "ContactUpdate"), what="the last reading")
    house.sandbox.admin("webhooks", {"url": house.url + PATH})
    contacts = [row["id"] for row in house.sandbox.state(kinds="contact")]
    for contact in contacts[:CHANGES]:
        house.sandbox.admin("mutate", {"kind": "note", "action": "create", "contact_id": contact})
        time.sleep(PACE)
    wait_until(lambda: len(found := lags(house)) == CHANGES and None not in found, what="the last reading")
    yield Row("webhook to applied in the database p95 (s)", f"{p95(lags(house)):.2f}", "-", "<= 2")


def lags(house, kind="NoteCreate"):
    """Seconds from when each event was sent to when its answer was stored; None for what is not yet."""
    return json.loads(house.command("shell", "-v0", "-c", LAGS.replace("NoteCreate", kind)).stdout)


def events(house, count):
    """Signed updates of real contacts, as (body, headers)."""
    key = Ed25519PrivateKey.from_private_bytes(sha256(b"sandbox webhook key 1").digest())
    contacts = [row["id"] for row in house.sandbox.state(kinds="contact")]
    for number in range(count):
        event = {
            "type": "ContactUpdate",
            "locationId": house.sandbox.location_id,
            "id": contacts[number % len(contacts)],
            "appId": house.sandbox.hello["client_id"].partition("-")[0],
            "timestamp": datetime.now(UTC).isoformat(),
            "webhookId": str(uuid.uuid4()),
        }
        body = json.dumps(event).encode()
        yield body, {"Content-Type": "application/json", "X-GHL-Signature": b64encode(key.sign(body)).decode()}


def post(house, deliveries):
    """Post them on one connection, as fast as GHL lets anybody read; the seconds that each took."""
    connection, took = HTTPConnection("127.0.0.1", house.port, timeout=30), []
    for body, headers in deliveries:
        began = time.perf_counter()
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        took.append(time.perf_counter() - began)
        assert answer.status == 200, said
        time.sleep(PACE)
    connection.close()
    return took


def floor(house):
    """What the web server takes to hand out a small file: no database, no signature."""
    connection, took = HTTPConnection("127.0.0.1", house.port, timeout=30), []
    for _ in range(50):
        began = time.perf_counter()
        connection.request("GET", "/static/img/mark.svg")
        connection.getresponse().read()
        took.append(time.perf_counter() - began)
    connection.close()
    return p95(took)


def p95(values):
    """The value that 95 of 100 stay below."""
    return sorted(values)[int(len(values) * 0.95)]
