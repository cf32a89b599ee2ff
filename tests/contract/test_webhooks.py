"""The events that the sandbox posts, against the published descriptions of the vendor's."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Empty, Queue

import pytest

from integrations.ghl.client.webhooks import parse
from tests.contract.checker import mismatches
from tests.contract.specification import FOLDER
from tests.sandbox.process import running
from tests.whole.installation import wait_until

pytestmark = [
    pytest.mark.xdist_group("contract"),
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the published files are not there"),
]
# {what differs: why}; each must be seen.
KNOWN = {
    "appId: undocumented": "Part of every live event; the files describe the record only.",
    "timestamp: undocumented": "Part of every live event; the files describe the record only.",
    "webhookId: undocumented": "Part of every live event; the files describe the record only.",
}
# A live TaskCreate lacks these, which its file has.
THIN = {"contactId", "body"}
FILES = {"INSTALL": "AppInstall", "UNINSTALL": "AppUninstall"}


@pytest.fixture(scope="module")
def events():
    """One event of each type that the sandbox posts."""
    received: Queue[bytes] = Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            received.put(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server, running("--contacts", "5") as sandbox:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sandbox.admin("webhooks", {"url": f"http://127.0.0.1:{server.server_address[1]}/"})
        everything(sandbox)
        wait_until(lambda: sandbox.counts()["webhooks"]["waiting"] == 0, what="the last event")
        server.shutdown()
    found = {}
    try:
        while True:
            raw = received.get_nowait()
            found[kind_of(json.loads(raw))] = raw
    except Empty:
        return found


def everything(sandbox):
    contact_id = sandbox.new_contact(lastName="Whitlock", email="nia@example.com", phone="+15550100")
    for kind in ("note", "task", "appointment"):
        made = sandbox.admin("mutate", {"kind": kind, "action": "create", "contact_id": contact_id})
        which = {"kind": kind, "id": made["id"], "contact_id": contact_id}
        if kind == "task":
            path = f"/contacts/{contact_id}/tasks/{made['id']}/completed"
            assert sandbox.call("PUT", path, json={"completed": True}).ok
        else:
            sandbox.admin("mutate", which | {"action": "update", "fields": {}})
        sandbox.admin("mutate", which | {"action": "delete"})
    for direction, channel in (("inbound", "sms"), ("outbound", "call"), ("inbound", "email")):
        said = {"direction": direction, "channel": channel, "body": "Hello"}
        sandbox.admin("mutate", {"kind": "message", "action": "create", "contact_id": contact_id, "fields": said})
    deal = sandbox.admin("mutate", {"kind": "opportunity", "action": "create", "contact_id": contact_id})
    which = {"kind": "opportunity", "id": deal["id"], "contact_id": contact_id}
    moved = {"pipelineStageId": deal["record"]["pipelineStageId"], "status": "won", "monetaryValue": 9}
    sandbox.admin(
        "mutate",
        which | {"action": "update", "fields": moved | {"assignedTo": sandbox.state(kinds="user")[0]["id"]}},
    )
    sandbox.admin("mutate", which | {"action": "delete"})
    assert sandbox.call("POST", f"/contacts/{contact_id}/tags", json={"tags": ["new"]}).ok
    silent = {"dnd": True, "dndSettings": {"SMS": {"status": "active", "message": "", "code": ""}}}
    assert sandbox.call("PUT", f"/contacts/{contact_id}", json=silent).ok
    for action in ("update", "delete"):
        sandbox.admin("mutate", {"kind": "contact", "action": action, "id": contact_id, "fields": {}})


def kind_of(event):
    """Emails look unlike other messages."""
    return event["type"] + (":Email" if event.get("messageType") == "Email" else "")


def published(kind):
    name, _, is_mail = kind.partition(":")
    file = json.loads((FOLDER / "webhooks" / f"{FILES.get(name, name)}.json").read_text())
    # That of an email stands among the examples.
    return closed(next(one for one in file["examples"] if "properties" in one) if is_mail else file["schema"])


def closed(schema):
    """Closed to keys that it does not name, all the way down."""
    if "properties" not in schema:
        return schema
    properties = {name: closed(part) for name, part in schema["properties"].items()}
    return schema | {"properties": properties, "additionalProperties": False}


def test_every_type_that_matters_here_is_posted(events):
    assert events.keys() >= {
        *("ContactCreate", "ContactUpdate", "ContactDelete", "ContactTagUpdate", "ContactDndUpdate"),
        *("NoteCreate", "NoteUpdate", "NoteDelete", "TaskCreate", "TaskComplete", "TaskDelete"),
        *("AppointmentCreate", "AppointmentUpdate", "AppointmentDelete"),
        *("OpportunityCreate", "OpportunityUpdate", "OpportunityDelete", "OpportunityStageUpdate"),
        *("InboundMessage", "OutboundMessage", "InboundMessage:Email"),
        *("OpportunityStatusUpdate", "OpportunityMonetaryValueUpdate", "OpportunityAssignedToUpdate"),
    }


def test_events_say_what_is_published_and_the_envelope_besides(events):
    seen = {kind: set(mismatches(json.loads(raw), published(kind))) for kind, raw in events.items()}

    assert {kind: sorted(found - KNOWN.keys()) for kind, found in seen.items() if found - KNOWN.keys()} == {}
    assert all(found >= KNOWN.keys() for found in seen.values()), "no longer seen: remove it from the table"


def test_a_new_task_is_as_thin_as_live_ones(events):
    assert not THIN & json.loads(events["TaskCreate"]).keys()
    assert "contactId" in json.loads(events["TaskDelete"])


def test_our_reader_finds_the_record_in_each(events):
    for kind, raw in events.items():
        event = parse(raw)
        assert (event.type, bool(event.object_id), bool(event.webhook_id), bool(event.sent_at)) == (
            kind.partition(":")[0],
            *[True] * 3,
        )
        assert bool(event.contact_id) == (not kind.startswith("Contact") and kind != "TaskCreate")
