"""The comparison itself: it must see a fault on either side of the wire, and a table that is out of date."""

import json
from dataclasses import replace

import pytest

from integrations.ghl.client import HttpRequest, HttpResponse
from tests.contract.checker import Difference, differences, mismatches
from tests.contract.conftest import demand
from tests.contract.exchanges import Exchange
from tests.contract.known_deviations import Deviation
from tests.contract.specification import Documents, plain

pytestmark = pytest.mark.xdist_group("contract")

OLD = "2021-07-28"


def exchange_of(exchanges, operation):
    return next(one for one in exchanges if one.operation == operation and one.succeeded)


def sending(exchange, change):
    """The same exchange with another JSON body sent."""
    body = change(json.loads(exchange.request.body))
    return replace(exchange, request=replace(exchange.request, body=json.dumps(body).encode()))


def answering(exchange, change):
    """The same exchange with another JSON body answered."""
    body = change(json.loads(exchange.response.body))
    return replace(exchange, response=replace(exchange.response, body=json.dumps(body).encode()))


@pytest.fixture
def said(specifications):
    """The differences of one exchange, in words."""
    return lambda exchange: {one.what for one in differences(exchange, specifications[exchange.generation])}


def test_an_unknown_key_in_a_request_is_seen(exchanges, said):
    create = sending(exchange_of(exchanges, "create_task"), lambda body: body | {"due": "now"})

    assert "request body due: undocumented" in said(create)


def test_a_missing_key_in_a_request_is_seen(exchanges, said):
    complete = sending(exchange_of(exchanges, "complete_task"), lambda body: {})

    assert "request body completed: missing" in said(complete)


def test_a_wrong_search_is_seen_by_our_own_schema(exchanges, said):
    search = exchange_of(exchanges, "search_contacts")
    bare = [{"field": "dateUpdated", "operator": "gte", "value": "2026-01-01"}]

    assert "our schema, request body pageLimit: maximum" in said(sending(search, lambda b: b | {"pageLimit": 501}))
    assert "our schema, request body filters[].operator: enum" in said(
        sending(search, lambda b: b | {"filters": bare})
    )
    assert "our schema, request body: not" in said(sending(search, lambda b: b | {"page": 2, "searchAfter": [1]}))


@pytest.mark.parametrize(
    ("version", "expected"), [("v3", "request header Version: enum"), (None, "request header Version: missing")]
)
def test_another_version_header_is_seen(version, expected, exchanges, said):
    events = exchange_of(exchanges, "list_events")
    headers = {name: value for name, value in events.request.headers.items() if name != "Version"}
    headers |= {"Version": version} if version else {}

    assert expected in said(replace(events, request=replace(events.request, headers=headers)))


def test_wrong_query_parameters_are_seen(exchanges, said):
    fields = exchange_of(exchanges, "list_custom_fields")
    base = fields.request.url.partition("?")[0]
    wrong = replace(fields, request=replace(fields.request, url=f"{base}?model=person&page=2"))
    events = exchange_of(exchanges, "list_events")
    unasked = replace(events, request=replace(events.request, url=events.request.url.partition("?")[0]))

    assert {"request query model: enum", "request query page: undocumented"} <= said(wrong)
    assert "request query startTime: missing" in said(unasked)


def test_a_trailing_slash_too_many_is_another_route(exchanges, said):
    found = exchange_of(exchanges, "get_location")
    slashed = replace(found, request=replace(found.request, url=found.request.url + "/"))

    assert said(slashed) == {"route: unpublished"}


def test_a_form_sent_as_json_is_seen(exchanges, said):
    token = exchange_of(exchanges, "token")
    headers = {**token.request.headers, "Content-Type": "application/json"}
    as_json = replace(token, request=HttpRequest("POST", token.request.url, headers, b"{}"))

    assert "request body of application/json: undocumented" in said(as_json)


def test_a_wrong_type_in_an_answer_is_seen(exchanges, said):
    task = answering(exchange_of(exchanges, "get_task"), lambda body: {"task": body["task"] | {"completed": "no"}})

    assert "answer 200 task.completed: type" in said(task)


def test_an_invented_key_in_an_answer_is_seen(exchanges, said):
    task = answering(
        exchange_of(exchanges, "get_task"), lambda body: {"task": body["task"] | {"dateAdded": "now"}}
    )

    assert "answer 200 task.dateAdded: undocumented" in said(task)


def test_another_success_is_seen(exchanges, said):
    made = exchange_of(exchanges, "create_task")

    assert "answer 200: undocumented" in said(replace(made, response=replace(made.response, status=200)))


def test_an_appointment_time_of_the_wrong_kind_is_seen_by_our_own_schema(exchanges, said):
    def without_offset(body):
        return {"event": body["event"] | {"startTime": "2026-03-29 09:00:00"}}

    naive = answering(exchange_of(exchanges, "get_appointment"), without_offset)

    assert "our schema, answer 200 event.startTime: pattern" in said(naive)


def test_a_spoilt_request_counts_for_its_answer_only(specifications):
    request = HttpRequest("GET", "https://api.example/contacts/c1", {}, None)
    refusal = {"statusCode": 401, "message": ["no"], "error": "Unauthorized"}
    response = HttpResponse(401, {"content-type": "application/json"}, json.dumps(refusal).encode())
    spoilt = Exchange(OLD, "get_contact", request, response, honest=False)

    found = {one.what for one in differences(spoilt, specifications[OLD])}

    assert found == {"answer 401 message: type", "our schema, answer 401 message: type"}


def test_a_row_that_nobody_shows_any_more_is_stale():
    row = Deviation((OLD,), ("get_task",), ("answer 200 a: type", "answer 200 b: type"), "why")
    seen = {Difference(OLD, "get_task", "answer 200 a: type"), Difference("v3", "get_task", "answer 200 b: type")}

    assert row.unseen(seen) == [Difference(OLD, "get_task", "answer 200 b: type")]


def test_a_row_for_every_operation_needs_one_that_shows_it():
    row = Deviation((OLD,), ("*",), ("answer 429: undocumented",), "why")

    assert row.excuses(Difference(OLD, "get_note", "answer 429: undocumented"))
    assert row.unseen({Difference(OLD, "get_note", "answer 429: undocumented")}) == []
    assert row.unseen(set())


def test_nullable_and_shared_schemas_become_plain_ones():
    common = {
        "components": {"schemas": {"Refusal": {"type": "object", "properties": {"message": {"type": "string"}}}}}
    }
    document = {"components": {"schemas": {"Name": {"type": "string", "nullable": True, "example": "Nia"}}}}
    schema = {
        "properties": {
            "name": {"$ref": "#/components/schemas/Name"},
            "refusal": {"allOf": [{"$ref": "../common/common-schemas.json#/components/schemas/Refusal"}]},
        }
    }
    made = plain(schema, Documents(document, common))

    assert list(mismatches({"name": None, "refusal": {"message": "no"}}, made)) == []
    assert list(mismatches({"name": 7}, made)) == ["name: anyOf"]
    assert list(mismatches({"refusal": {"text": "no"}}, made)) == ["refusal.text: undocumented"]


def test_a_schema_that_contains_itself_ends():
    tree = {"properties": {"child": {"$ref": "#/components/schemas/Tree"}}}
    made = plain({"$ref": "#/components/schemas/Tree"}, Documents({"components": {"schemas": {"Tree": tree}}}, {}))

    assert list(mismatches({"child": {"anything": 1}}, made)) == []


def test_a_missing_specification_fails_in_ci_and_is_skipped_loudly_elsewhere(tmp_path):
    absent = tmp_path / "nowhere"

    with pytest.raises(pytest.fail.Exception, match="THE PUBLISHED SPECIFICATION IS MISSING"):
        demand(absent, {"CI": "true"})
    with pytest.raises(pytest.skip.Exception, match="THE PUBLISHED SPECIFICATION IS MISSING"):
        demand(absent, {})
    demand(tmp_path, {"CI": "true"})


def test_keys_that_the_files_leave_open_are_checked_by_their_values():
    slots = {"properties": {"slots": {"type": "array", "items": {"type": "string"}}}, "required": ["slots"]}
    days = {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Slots"}}
    made = plain(days, Documents({"components": {"schemas": {"Slots": slots}}}, {}))

    assert list(mismatches({"2026-11-30": {"slots": ["9:00"]}}, made)) == []
    assert list(mismatches({"2026-11-30": {"slots": [9]}}, made)) == ["2026-11-30.slots[]: type"]
