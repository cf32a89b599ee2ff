"""What goes wrong on request, and the limits."""

import pytest
import requests

from tests.sandbox.process import Sandbox, running


def answers(sandbox: Sandbox, count: int) -> list[int]:
    statuses = []
    for _ in range(count):
        try:
            statuses.append(sandbox.call("GET", f"/locations/{sandbox.location_id}").status_code)
        except requests.ConnectionError:
            statuses.append(0)
    return statuses


def test_faults_follow_from_the_seed_and_the_number_of_the_call():
    results = []
    for seed in ("5", "5", "6"):
        with running("--contacts", "5", "--seed", seed, "--faults", "500=0.2,502=0.1,reset=0.1") as sandbox:
            results.append(answers(sandbox, 60))
    assert results[0] == results[1] != results[2]
    assert {0, 200, 500, 502} == set(results[0])


def test_what_is_still_to_come_can_be_taken_back(own_sandbox):
    own_sandbox.admin("next", {"operation": "get_location", "answers": ["500"] * 9})
    own_sandbox.admin("next", {"operation": "get_location", "answers": []})
    assert answers(own_sandbox, 2) == [200, 200]


def test_scripted_answers_come_in_order_and_only_for_their_operation(own_sandbox):
    own_sandbox.admin("next", {"operation": "get_location", "answers": ["500", "ok", "429", "418"]})
    assert own_sandbox.search()
    assert answers(own_sandbox, 5) == [500, 200, 429, 418, 200]


def test_a_lost_response_loses_the_answer_and_not_the_write(own_sandbox):
    contact_id = own_sandbox.new_contact()
    own_sandbox.admin("next", {"operation": "create_note", "answers": ["lost_response"]})
    with pytest.raises(requests.ConnectionError):
        own_sandbox.call("POST", f"/contacts/{contact_id}/notes", json={"body": "kept"})
    (note,) = own_sandbox.get(f"/contacts/{contact_id}/notes")["notes"]
    assert note["body"] == "kept"
    counts = own_sandbox.counts()
    assert counts["writes_by_operation"] == {"create_note": 1}
    assert counts["writes_by_record"] == {note["id"]: 1}


def test_a_timeout_after_the_write_holds_the_answer_to_what_was_done(own_sandbox):
    contact_id = own_sandbox.new_contact()
    own_sandbox.admin("timing", {"hold_seconds": 0.2})
    own_sandbox.admin("next", {"operation": "create_note", "answers": ["timeout_after", "timeout"]})
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            own_sandbox.call("POST", f"/contacts/{contact_id}/notes", json={"body": "kept once"})
    assert len(own_sandbox.get(f"/contacts/{contact_id}/notes")["notes"]) == 1
    assert own_sandbox.counts()["writes_by_operation"] == {"create_note": 1}


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("expired_token", "Invalid Private Integration token"),
        ("no_scope", "The token is not authorized for this scope."),
    ],
)
def test_a_token_can_be_unfit_for_one_call(own_sandbox, kind, says):
    contact_id = own_sandbox.new_contact()
    own_sandbox.admin("next", {"operation": "create_note", "answers": [kind]})
    path = f"/contacts/{contact_id}/notes"
    refused = own_sandbox.call("POST", path, json={"body": "x"})
    assert (refused.status_code, refused.json()["message"]) == (401, says)
    assert own_sandbox.call("POST", path, json={"body": "x"}).ok
    assert own_sandbox.counts()["writes_by_operation"] == {"create_note": 1}


@pytest.mark.parametrize("kind", ["reset", "500", "502", "429"])
def test_these_faults_prevent_the_write(own_sandbox, kind):
    contact_id = own_sandbox.new_contact()
    own_sandbox.admin("next", {"operation": "*", "answers": [kind]})
    try:
        assert not own_sandbox.call("POST", f"/contacts/{contact_id}/notes", json={"body": "x"}).ok
    except requests.ConnectionError:
        assert kind == "reset"
    assert own_sandbox.get(f"/contacts/{contact_id}/notes")["notes"] == []
    assert own_sandbox.counts()["writes"] == 0


def test_html_malformed_and_truncated_answers_are_no_json(own_sandbox):
    own_sandbox.admin("next", {"answers": ["html", "malformed", "truncated", "slow"]})
    own_sandbox.admin("timing", {"slow_seconds": 0.01})
    path = f"/locations/{own_sandbox.location_id}"
    html = own_sandbox.call("GET", path)
    assert html.ok
    assert html.headers["Content-Type"].startswith("text/html")
    malformed = own_sandbox.call("GET", path)
    assert malformed.ok
    with pytest.raises(requests.JSONDecodeError):
        malformed.json()
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        own_sandbox.call("GET", path)
    assert own_sandbox.call("GET", path).ok


def test_a_timeout_holds_the_answer_and_then_closes(own_sandbox):
    own_sandbox.admin("timing", {"hold_seconds": 0.2})
    own_sandbox.admin("next", {"answers": ["timeout"]})
    with pytest.raises(requests.ConnectionError):
        own_sandbox.call("GET", f"/locations/{own_sandbox.location_id}")


@pytest.mark.parametrize(
    "options",
    [
        ("--faults", "fire=1"),
        ("--faults", "500=2"),
        ("--faults", "500=nan"),
        ("--latency", "nan"),
        ("--latency", "5-inf"),
        ("--rate-limit", "fast"),
    ],
)
def test_wrong_options_are_refused_in_a_sentence(options, capfd):
    with pytest.raises(ValueError, match="Expecting value"), running(*options):
        pass
    assert "usage:" in capfd.readouterr().err


def test_the_headers_of_the_limits_come_with_every_answer(own_sandbox):
    headers = own_sandbox.call("GET", "/contacts/nobody").headers
    assert headers["X-RateLimit-Limit-Daily"] == "200000"
    assert headers["X-RateLimit-Interval-Milliseconds"] == "10000"
    assert headers["X-RateLimit-Max"] == headers["X-RateLimit-Remaining"] == "100"


def test_the_window_slides_and_is_shared_by_all_tokens_of_a_sub_account():
    with running("--contacts", "5", "--rate-limit") as sandbox:
        second = sandbox.admin("pit")["pit"]
        assert answers(sandbox, 99) == [200] * 99
        last = sandbox.call("GET", f"/locations/{sandbox.location_id}", token=second)
        assert (last.status_code, last.headers["X-RateLimit-Remaining"]) == (200, "0")
        refused = sandbox.call("GET", f"/locations/{sandbox.location_id}")
        assert refused.status_code == 429
        assert refused.json()["message"] == "Too Many Requests"
        other = sandbox.info()["locations"][1]
        assert sandbox.call("GET", f"/locations/{other['id']}", token=other["pit"]).ok
        assert sandbox.counts()["rate_limited"] == 1


def test_a_smaller_window_and_the_day_are_enforced(own_sandbox):
    own_sandbox.admin("rate-limit", {"limit": "50/10/7"})
    assert answers(own_sandbox, 9) == [200] * 7 + [429] * 2
    last = own_sandbox.call("GET", f"/locations/{own_sandbox.location_id}")
    assert last.headers["X-RateLimit-Daily-Remaining"] == "0"
    own_sandbox.admin("rate-limit", {"limit": ""})
    assert answers(own_sandbox, 1) == [200]
