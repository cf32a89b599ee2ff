"""Signed events of what happened."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.sandbox.process import CALENDARS, MAIN, running
from tests.whole.installation import wait_until


@pytest.fixture
def mailbox():
    """A receiver that keeps what it was sent, and its address."""
    received: Queue[tuple[str, bytes]] = Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.put((self.headers["X-GHL-Signature"] or self.headers["X-WH-Signature"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield received, f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def test_events_are_signed_and_come_in_order(mailbox):
    received, url = mailbox
    with running("--contacts", "5", "--webhook-url", url) as sandbox:
        contact_id = sandbox.new_contact()
        body = {"title": "Call", "dueDate": "2026-12-01T10:00:00Z", "completed": False}
        task = sandbox.call("POST", f"/contacts/{contact_id}/tasks", json=body).json()["task"]
        sandbox.call("PUT", f"/contacts/{contact_id}/tasks/{task['id']}/completed", json={"completed": True})
        sandbox.call("PUT", f"/contacts/{contact_id}/tasks/{task['id']}/completed", json={"completed": False})
        sandbox.call("DELETE", f"/contacts/{contact_id}/tasks/{task['id']}")
        sent = [received.get(timeout=120) for _ in range(4)]
        key = load_der_public_key(base64.b64decode(sandbox.hello["webhook_public_key"]))
    for signature, raw in sent:
        key.verify(base64.b64decode(signature), raw)
    events = [json.loads(raw) for _, raw in sent]
    assert [event["type"] for event in events] == ["ContactCreate", "TaskCreate", "TaskComplete", "TaskDelete"]
    assert "contactId" not in events[1]
    assert len({event["webhookId"] for event in events}) == 4
    assert received.empty(), "reopening a task sends nothing"


def test_each_write_sends_the_events_of_its_own(mailbox):
    received, url = mailbox
    with running("--contacts", "5", "--webhook-url", url) as sandbox:
        here = {"locationId": sandbox.location_id}

        def send(method, path, body=None, version=MAIN):
            answer = sandbox.call(method, path, json=body, version=version)
            assert answer.ok, answer.text
            wait_until(lambda: sandbox.counts()["webhooks"]["waiting"] == 0, what="the last event")
            return answer.json(), [json.loads(received.get_nowait()[1])["type"] for _ in range(received.qsize())]

        nia = here | {"email": "nia@hook.example"}
        made, heard = send("POST", "/contacts/upsert", nia)
        contact_id = made["contact"]["id"]
        path, many = f"/contacts/{contact_id}", here | {"contacts": [contact_id], "tags": ["vip"]}
        assert heard == ["ContactCreate"]
        assert send("POST", "/contacts/upsert", nia | {"city": "Derby"})[1] == ["ContactUpdate"]
        assert send("PUT", path, {"tags": ["a"]})[1] == ["ContactUpdate", "ContactTagUpdate"]
        assert send("PUT", path, {"dnd": True})[1] == ["ContactUpdate", "ContactDndUpdate"]
        assert send("POST", "/contacts/bulk/tags/update/add", many)[1] == ["ContactTagUpdate"]
        assert send("POST", "/contacts/bulk/tags/update/add", many)[1] == []
        firm, heard = send("POST", "/businesses/", here | {"name": "Whitlock"})
        assert heard == []
        member = here | {"ids": [contact_id], "businessId": firm["buiseness"]["id"]}
        assert send("POST", "/contacts/bulk/business", member)[1] == ["ContactUpdate"]
        booking = here | {"contactId": contact_id, "calendarId": sandbox.state(kinds="calendar")[0]["id"]}
        booking |= {"startTime": "2030-03-04T15:00:00Z", "ignoreFreeSlotValidation": True}
        events = "/calendars/events"
        booked, heard = send("POST", f"{events}/appointments", booking, CALENDARS)
        assert heard == ["AppointmentCreate"]
        showed = {"appointmentStatus": "showed"}
        assert send("PUT", f"{events}/appointments/{booked['id']}", showed, CALENDARS)[1] == ["AppointmentUpdate"]
        assert send("DELETE", f"{events}/{booked['id']}", {}, CALENDARS)[1] == ["AppointmentDelete"]


@pytest.fixture
def world(mailbox):
    """A sandbox that posts to the mailbox."""
    _, url = mailbox
    with running("--contacts", "5") as sandbox:
        sandbox.admin("webhooks", {"url": url})
        yield sandbox


def posted(world, *kinds):
    """Make an event for each of these, and wait until all are posted; what the sandbox counts then."""
    world.admin("webhooks", {"next": list(kinds)})
    for _ in kinds:
        world.new_contact()
    wait_until(lambda: world.counts()["webhooks"]["waiting"] == 0, what="the last event")
    return world.counts()["webhooks"]


def bodies(received):
    return [json.loads(received.get(timeout=120)[1]) for _ in range(received.qsize())]


def test_a_dropped_event_is_never_posted_and_a_doubled_one_twice(world, mailbox):
    counts = posted(world, "drop", "duplicate", "ok")

    twice, again, once = bodies(mailbox[0])
    assert twice == again != once
    assert (counts["events"], counts["sent"], counts["drop"], counts["duplicate"]) == (3, 3, 1, 1)
    assert counts["answers"] == {"200": 3}


def test_a_reordered_event_comes_after_the_next_one_or_alone_after_a_moment(world, mailbox):
    world.admin("webhooks", {"next": ["reorder", "ok", "reorder"]})
    made = [world.new_contact() for _ in range(3)]
    wait_until(lambda: world.counts()["webhooks"]["waiting"] == 0, what="the last event")

    assert [event["id"] for event in bodies(mailbox[0])] == [made[1], made[0], made[2]]


def test_a_delayed_event_lets_the_others_pass(world, mailbox):
    world.admin("webhooks", {"next": ["delay"], "delay_seconds": 0.5})
    made = [world.new_contact() for _ in range(3)]
    wait_until(lambda: world.counts()["webhooks"]["waiting"] == 0, what="the last event")

    assert [event["id"] for event in bodies(mailbox[0])] == [made[1], made[2], made[0]]


def test_a_tampered_event_does_not_fit_its_signature(world, mailbox):
    posted(world, "tamper")

    signature, raw = mailbox[0].get(timeout=120)
    assert json.loads(raw)["tampered"]
    with pytest.raises(InvalidSignature):
        load_der_public_key(base64.b64decode(world.hello["webhook_public_key"])).verify(
            base64.b64decode(signature), raw
        )


def test_the_other_signatures_and_the_other_shape(world, mailbox):
    posted(world, "legacy", "unsigned", "nested")

    (legacy, raw), (unsigned, _), (_, nested) = (mailbox[0].get(timeout=120) for _ in range(3))
    key = load_der_public_key(base64.b64decode(world.info()["webhook_legacy_public_key"]))
    key.verify(base64.b64decode(legacy), raw, PKCS1v15(), SHA256())
    assert unsigned == "N/A"
    event = json.loads(nested)
    assert event["type"] == "ContactCreate"
    assert event["data"]["firstName"] == "Nia"
    assert "id" not in event


def test_shares_follow_from_the_seed_and_unknown_kinds_are_refused(mailbox):
    _, url = mailbox
    seen = []
    for _ in range(2):
        with running("--contacts", "5", "--webhook-url", url, "--webhook-faults", "drop=0.5") as sandbox:
            for _ in range(12):
                sandbox.new_contact()
            seen.append(sandbox.counts()["webhooks"]["drop"])
            refused = sandbox.call("POST", "/_admin/webhooks", json={"spec": "explode=1"})
            assert (refused.status_code, "explode" in refused.text) == (400, True)
    assert seen[0] == seen[1]
    assert 0 < seen[0] < 12
