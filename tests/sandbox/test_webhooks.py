"""Signed events of what happened."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.sandbox.process import running


@pytest.fixture
def mailbox():
    """A receiver that keeps what it was sent, and its address."""
    received: Queue[tuple[str, bytes]] = Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.put((self.headers["X-GHL-Signature"], body))
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
        sent = [received.get(timeout=10) for _ in range(4)]
        key = load_der_public_key(base64.b64decode(sandbox.hello["webhook_public_key"]))
    for signature, raw in sent:
        key.verify(base64.b64decode(signature), raw)
    events = [json.loads(raw) for _, raw in sent]
    assert [event["type"] for event in events] == ["ContactCreate", "TaskCreate", "TaskComplete", "TaskDelete"]
    assert "contactId" not in events[1]
    assert len({event["webhookId"] for event in events}) == 4
    assert received.empty(), "reopening a task sends nothing"
