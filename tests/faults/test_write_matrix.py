"""Every operation under every fault: how often it was written over there, what is there, and what the page says.

No cell of the table is empty, and in none is a write lost, doubled or silently dropped.
"""

import html
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.models import Appointment, Business, Calendar, Contact, Note, Task
from integrations.sync import commands
from integrations.sync.inbox import process
from integrations.sync.models import Write
from integrations.sync.push import outbox
from integrations.sync.push.operations import OPERATIONS
from integrations.workspace.models import Membership, User
from tests.faults import pages

pytestmark = pytest.mark.django_db(transaction=True)

# Operation: (fields, the sandbox's name of the call, the field that somebody else changes meanwhile).
CASES = {
    "contact.create": ({"first_name": "Lucía", "email": "lucia@cedar.example"}, "create_contact", None),
    "contact.update": ({"first_name": "Wished"}, "update_contact", ("contact", {"firstName": "Theirs"})),
    "contact.delete": ({}, "delete_contact", ("contact", {"firstName": "Theirs"})),
    "contact.add_tags": ({"tags": ["wished"]}, "add_tags", ("contact", {"firstName": "Theirs"})),
    "contact.remove_tags": ({"tags": ["going"]}, "remove_tags", ("contact", {"firstName": "Theirs"})),
    "contact.set_business": ({"business_id": 0}, "set_business", ("contact", {})),
    "task.create": ({"title": "Wished"}, "create_task", None),
    "task.update": ({"title": "Wished"}, "update_task", ("task", {"title": "Theirs"})),
    "task.complete": ({}, "complete_task", ("task", {"title": "Theirs"})),
    "task.reopen": ({}, "complete_task", ("task", {"title": "Theirs"})),
    "task.delete": ({}, "delete_task", ("task", {"title": "Theirs"})),
    "note.create": ({"body": "Wished"}, "create_note", None),
    "note.update": ({"body": "Wished"}, "update_note", ("note", {"body": "Theirs"})),
    "note.pin": ({}, "update_note", ("note", {"body": "Theirs"})),
    "note.unpin": ({}, "update_note", ("note", {"body": "Theirs"})),
    "note.delete": ({}, "delete_note", ("note", {"body": "Theirs"})),
    "appointment.create": ({"title": "Wished"}, "create_appointment", None),
    "appointment.update": ({"title": "Wished"}, "update_appointment", ("appointment", {"title": "Theirs"})),
    "appointment.cancel": ({}, "update_appointment", ("appointment", {"title": "Theirs"})),
    "appointment.showed": ({}, "update_appointment", ("appointment", {"title": "Theirs"})),
    "appointment.no_show": ({}, "update_appointment", ("appointment", {"title": "Theirs"})),
}
MERGES = ("contact.update", "contact.set_business", "task.update", "note.update", "appointment.update")
PLACED = {
    "note": {"body": "Old"},
    "task": {"title": "Old"},
    "appointment": {"title": "Old", "startTime": "2026-12-07T15:00:00Z", "endTime": "2026-12-07T16:00:00Z"},
    "contact": {"firstName": "Old", "tags": ["going"]},
}
EXTRA = {"note": ("pinned",), "task": ("completed",)}
# What an admin is told to grant; the API names no scope for one of them.
GRANTED = {"appointment": "calendars/events.write.", "contact.set_business": "grant every scope."}
FAULTS = {
    "429": {"answers": ["429"]},
    "500": {"answers": ["500"]},
    "timeout before": {"answers": ["timeout"]},
    "timeout after": {"answers": ["timeout_after"]},
    "lost response": {"answers": ["lost_response"]},
    "expired token": {"answers": ["expired_token"]},
    "revoked scope": {"answers": ["no_scope"]},
    "deleted record": {},
    "changed record": {},
    "stale read": {},
}


def expected(operation, fault):
    """(writes of this call, how it ends, words on the page of what is not saved)."""
    act, once = OPERATIONS[operation].act, (1, "confirmed", "")
    match fault:
        case "timeout before" if act == "create":
            return 0, "unknown", "did not answer"
        case "revoked scope":
            return 0, "failed", GRANTED.get(operation.partition(".")[0], GRANTED.get(operation, "contacts.write."))
        case "deleted record" if operation == "contact.create":
            return once  # there is nothing yet
        case "deleted record":
            return (0, "confirmed", "") if act == "delete" else (0, "failed", "deleted")
        case "changed record" if operation == "contact.create":
            return 0, "confirmed", ""  # somebody else has just added the same person, who is used
        case "changed record" if operation in MERGES:
            return 0, "conflict", "changed"
    return once


class Bench:
    """One account with what each cell needs, and a clock that moves only here."""

    def __init__(self, account, client):
        self.account, self.client, self.now = account, client, timezone.now()
        self.sandbox, self.connection = account.sandbox, account.connection
        self.workspace = self.connection.workspace
        # What is held back is let through a second later, not ten.
        self.sandbox.admin("rate-limit", {"limit": "1000000/1/100000000"})
        self.actor = User.objects.create_user("rep@cedar.example", "a long password of it")
        Membership.objects.create(user=self.actor, workspace=self.workspace, role=Membership.Role.ADMIN)
        client.force_login(self.actor)
        self.contacts = iter([row["id"] for row in account.truth("contact")])

    def __call__(self):
        return self.now

    def cell(self, operation, fault):
        data, call, _ = CASES[operation]
        self.place(operation)
        ((_, write),) = commands.ask(
            operation, self.connection, self.data(operation, data), actor=self.actor, undo_seconds=0
        )
        self.break_it(operation, fault, call)
        before = len(self.sandbox.writes(call))
        self.deliver(write, pause=0.4 if fault == "stale read" else 0)
        self.sandbox.admin("next", {"operation": call, "answers": []})
        return write, len(self.sandbox.writes(call)) - before

    def place(self, operation):
        """A record of its own for the cell, as the cache knows it."""
        kind = operation.partition(".")[0]
        fields = PLACED[kind] | {"pinned": operation == "note.unpin", "completed": operation == "task.reopen"}
        self.whose, self.target = next(self.contacts), ""
        if kind == "contact":
            self.account.change(kind, "update", id=self.whose, fields=PLACED[kind])
            self.target = "" if operation == "contact.create" else self.whose
        elif not operation.endswith("create"):
            fields = {name: fields[name] for name in (*PLACED[kind], *EXTRA.get(kind, ()))}
            self.target = self.account.change(kind, "create", contact_id=self.whose, fields=fields)["id"]
        commands.refresh_contact(contact=Contact.objects.get(remote_id=self.whose), at_once=True)
        process.process_due(self.connection.pk)

    def data(self, operation, fields):
        data = dict(fields)
        if "business_id" in data:
            data["business_id"] = self.firms[0]
        if operation == "appointment.create":
            data |= {"calendar_id": Calendar.objects.order_by("pk").first().remote_id}
            data |= {"start_at": "2026-12-08T15:00:00Z", "end_at": "2026-12-08T16:00:00Z"}
            data |= {"ignore_free_slot_validation": True}
        if not operation.endswith("create"):
            return data | {"id": self.target}
        if operation == "contact.create":
            return data | {"email": f"lucia{time.monotonic_ns()}@cedar.example"}
        return data | {"contact_id": self.whose}

    @property
    def firms(self):
        return list(Business.objects.order_by("pk").values_list("remote_id", flat=True)[:2])

    def break_it(self, operation, fault, call):
        kind = operation.partition(".")[0]
        if answers := FAULTS[fault].get("answers"):
            self.sandbox.admin("next", {"operation": call, "answers": answers})
        elif fault == "stale read":
            self.sandbox.admin("stale", {"operation": call, "times": 1, "seconds": 0.3})
        elif fault == "deleted record" and operation != "contact.create":
            whose = {"id": self.target} if self.target else {"id": self.whose}
            what = kind if self.target else "contact"
            self.account.change(what, "delete", **whose, contact_id=self.whose)
        elif fault == "changed record":
            self.change(operation)

    def change(self, operation):
        if operation == "contact.create":
            wanted = Write.objects.latest("pk").changes
            fields = {"firstName": "Lucía", "email": wanted["email"]}
            self.account.change("contact", "create", fields=fields)
        elif operation == "contact.set_business":
            body = {"locationId": self.sandbox.location_id, "ids": [self.target], "businessId": self.firms[1]}
            assert self.sandbox.call("POST", "/contacts/bulk/business", json=body).ok
        elif (theirs := CASES[operation][2]) is None:
            self.account.change("note", "create", contact_id=self.whose, fields={"body": "Theirs"})
        else:
            kind, fields = theirs
            self.account.change(kind, "update", id=self.target, contact_id=self.whose, fields=fields)

    def deliver(self, write, *, pause):
        for _ in range(12):
            outbox.deliver(write.pk, clock=self)
            write.refresh_from_db()
            if write.state not in Write.OPEN:
                return
            time.sleep(pause)
            self.now += timedelta(seconds=20 if not pause else 4)

    def page(self):
        return html.unescape(self.client.get("/changes/").content.decode())


@pytest.fixture
def bench(account, client, settings):
    settings.GHL_TIMEOUT, settings.GHL_BURST_SECONDS = 0.4, 1
    return Bench(account, client)


@pytest.mark.parametrize("operation", CASES)
def test_under_every_fault(bench, client, operation, subtests):
    for fault in FAULTS:
        with subtests.test(fault=fault):
            write, writes = bench.cell(operation, fault)
            number, ends, words = expected(operation, fault)
            assert (writes, write.status) == (number, ends), write.reason
            assert there(bench, write) is (ends == "confirmed")
            page = bench.page()
            if ends == "confirmed":
                assert f'id="write-{write.pk}"' not in page
                assert pages.is_shown(client, write)
            else:
                assert f'id="write-{write.pk}"' in page
                assert words in page


def there(bench, write):
    """Whether the sandbox holds what was wished, as often as it should."""
    kind, act = write.kind, OPERATIONS[write.operation].act
    rows = [row for row in bench.sandbox.state(kinds=kind) if not row.get("deleted")]
    held = {row["id"]: row for row in rows}
    if act == "create":
        words = {"contact": ("email", "email"), "note": ("body", "body")}.get(kind, ("title", "title"))
        mine = [row for row in rows if row.get(words[0]) == write.changes[words[1]]]
        mine = [row for row in mine if kind == "contact" or row["contactId"] == write.contact.remote_id]
        assert len(mine) <= 1
        return bool(mine)
    row = held.get(write.remote_id)
    if act == "delete":
        return row is None
    return row is not None and WISHED[write.operation](row, write.changes)


WISHED = {
    "contact.update": lambda row, _: row["firstName"] == "Wished",
    "contact.add_tags": lambda row, _: "wished" in row["tags"],
    "contact.remove_tags": lambda row, _: "going" not in row["tags"],
    "contact.set_business": lambda row, wanted: row.get("businessId") == wanted["business_remote_id"],
    "task.update": lambda row, _: row["title"] == "Wished",
    "task.complete": lambda row, _: row["completed"],
    "task.reopen": lambda row, _: not row["completed"],
    "note.update": lambda row, _: row["body"] == "Wished",
    "note.pin": lambda row, _: row["pinned"],
    "note.unpin": lambda row, _: not row["pinned"],
    "appointment.update": lambda row, _: row["title"] == "Wished",
    "appointment.cancel": lambda row, _: row["appointmentStatus"] == "cancelled",
    "appointment.showed": lambda row, _: row["appointmentStatus"] == "showed",
    "appointment.no_show": lambda row, _: row["appointmentStatus"] == "noshow",
}


def test_the_table_has_every_operation():
    assert pages.SHOWN.keys() | pages.GONE.keys() == OPERATIONS.keys()
    assert CASES.keys() == OPERATIONS.keys()
    assert all(expected(operation, fault) for operation in CASES for fault in FAULTS)


def test_what_was_confirmed_is_in_the_cache(bench):
    models = {"contact": Contact, "note": Note, "task": Task, "appointment": Appointment}
    for operation in ("note.create", "task.create", "contact.create", "appointment.create"):
        write, _ = bench.cell(operation, "lost response")
        assert models[write.kind].objects.filter(pk=write.target_id, remote_id=write.remote_id).exists()
