"""What each method sends, in both generations."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.ghl.client import GENERATIONS

from .scripted import ScriptedTransport, answer, client_for

EVERYTHING = {
    name: []
    for name in (
        "contacts",
        "tasks",
        "notes",
        "events",
        "calendars",
        "users",
        "businesses",
        "customFields",
        "tags",
    )
} | {name: {"id": "x1"} for name in ("contact", "task", "note", "event", "business", "location")}

READS = [
    (lambda c: c.contacts.search("loc"), "POST", "/contacts/search", {"locationId": "loc", "pageLimit": 500}),
    (
        lambda c: c.contacts.search(
            "loc", 20, ["x", 1], [{"field": "tags"}], [{"field": "email", "direction": "asc"}]
        ),
        "POST",
        "/contacts/search",
        {
            "locationId": "loc",
            "pageLimit": 20,
            "searchAfter": ["x", 1],
            "filters": [{"field": "tags"}],
            "sort": [{"field": "email", "direction": "asc"}],
        },
    ),
    (lambda c: c.contacts.get("c1"), "GET", "/contacts/c1", {}),
    (lambda c: c.tasks.search("loc"), "POST", "/locations/loc/tasks/search", {"limit": 500}),
    (
        lambda c: c.tasks.search(
            "loc", search_after=["t"], completed=False, contact_ids=["c1"], assigned_to=["u1"]
        ),
        "POST",
        "/locations/loc/tasks/search",
        {"limit": 500, "searchAfter": ["t"], "completed": False, "contactId": ["c1"], "assignedTo": ["u1"]},
    ),
    (lambda c: c.tasks.list("c1"), "GET", "/contacts/c1/tasks", {}),
    (lambda c: c.tasks.get("c1", "t1"), "GET", "/contacts/c1/tasks/t1", {}),
    (
        lambda c: c.tasks.create("c1", {"title": "Call", "dueDate": "2026-11-21T09:00:00Z"}),
        "POST",
        "/contacts/c1/tasks",
        {"title": "Call", "dueDate": "2026-11-21T09:00:00Z", "completed": False},
    ),
    (lambda c: c.tasks.update("c1", "t1", title="New"), "PUT", "/contacts/c1/tasks/t1", {"title": "New"}),
    (lambda c: c.tasks.complete("c1", "t1"), "PUT", "/contacts/c1/tasks/t1/completed", {"completed": True}),
    (
        lambda c: c.tasks.complete("c1", "t1", completed=False),
        "PUT",
        "/contacts/c1/tasks/t1/completed",
        {"completed": False},
    ),
    (lambda c: c.tasks.delete("c1", "t1"), "DELETE", "/contacts/c1/tasks/t1", {}),
    (lambda c: c.notes.list("c1"), "GET", "/contacts/c1/notes", {}),
    (lambda c: c.notes.get("c1", "n1"), "GET", "/contacts/c1/notes/n1", {}),
    (lambda c: c.calendars.list("loc"), "GET", "/calendars/", {"locationId": "loc"}),
    (
        lambda c: c.calendars.events("loc", "cal", 1, 2),
        "GET",
        "/calendars/events",
        {"locationId": "loc", "calendarId": "cal", "startTime": "1", "endTime": "2"},
    ),
    (lambda c: c.calendars.appointments_of("c1"), "GET", "/contacts/c1/appointments", {}),
    (lambda c: c.calendars.appointment("e1"), "GET", "/calendars/events/appointments/e1", {}),
    (
        lambda c: c.users.search("co", "loc"),
        "GET",
        "/users/search",
        {"companyId": "co", "locationId": "loc", "limit": "100", "skip": "0"},
    ),
    (lambda c: c.users.get("u1"), "GET", "/users/u1", {}),
    (
        lambda c: c.businesses.list("loc"),
        "GET",
        "/businesses/",
        {"locationId": "loc", "limit": "100", "skip": "0"},
    ),
    (lambda c: c.businesses.get("b1"), "GET", "/businesses/b1", {}),
    (lambda c: c.locations.get("loc"), "GET", "/locations/loc", {}),
    (lambda c: c.locations.custom_fields("loc"), "GET", "/locations/loc/customFields", {"model": "contact"}),
]


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(("method", "verb", "path", "sent"), READS)
def test_a_method_sends_exactly_this(method, verb, path, sent, generation):
    transport = ScriptedTransport(answer(200, EVERYTHING))

    method(client_for(transport, generation=generation))

    (request,) = transport.requests
    url = urlsplit(request.url)
    query = {name: value for name, (value,) in parse_qs(url.query).items()}
    assert (request.method, url.path) == (verb, path)
    assert (json.loads(request.body) if request.body else query) == sent


def test_a_user_comes_bare_or_wrapped():
    bare, wrapped = answer(200, {"id": "u1"}), answer(200, {"user": {"id": "u1"}})
    client = client_for(ScriptedTransport(bare, wrapped))

    assert client.users.get("u1")["id"] == client.users.get("u1")["id"] == "u1"


def test_an_odd_answer_to_a_write_is_not_a_failure():
    assert client_for(ScriptedTransport(answer(200, {"succeded": True}))).tasks.complete("c1", "t1") == {}
