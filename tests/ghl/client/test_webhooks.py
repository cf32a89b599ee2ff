"""Signatures over raw bytes, and events in every shape in which they come."""

import json
from datetime import UTC, datetime

import pytest

from integrations.ghl.client.webhooks import (
    Event,
    Keys,
    Unreadable,
    Verdict,
    ed25519_keys,
    parse,
    rsa_keys,
    verdict,
)
from tests.contract.specification import FOLDER
from tests.ghl.signing import LegacySigner, Signer

BODY = b'{"type": "NoteCreate",  "id": "n1"}'
GHL, OTHER, LEGACY = Signer(), Signer(), LegacySigner()
BOTH = Keys(ed25519_keys([GHL.der]), rsa_keys([LEGACY.der]))
CURRENT_ONLY = Keys(ed25519_keys([GHL.der]))


@pytest.mark.parametrize(
    ("headers", "keys", "expected"),
    [
        ({"X-GHL-Signature": GHL.sign(BODY)}, CURRENT_ONLY, Verdict.ED25519),
        ({"X-GHL-Signature": OTHER.sign(BODY)}, CURRENT_ONLY, Verdict.WRONG),
        ({"X-GHL-Signature": GHL.sign(BODY)}, Keys(), Verdict.WRONG),
        ({"X-GHL-Signature": GHL.sign(BODY)[:-4]}, CURRENT_ONLY, Verdict.WRONG),
        ({"X-GHL-Signature": "not base64 \xe9"}, CURRENT_ONLY, Verdict.WRONG),
        ({}, BOTH, Verdict.UNSIGNED),
        ({"X-GHL-Signature": "N/A"}, BOTH, Verdict.UNSIGNED),
        ({"X-GHL-Signature": "N/A", "X-WH-Signature": "N/A"}, BOTH, Verdict.UNSIGNED),
        ({"X-WH-Signature": LEGACY.sign(BODY)}, BOTH, Verdict.RSA),
        ({"X-WH-Signature": LEGACY.sign(BODY)}, CURRENT_ONLY, Verdict.LEGACY),
        ({"X-WH-Signature": LEGACY.sign(b"other")}, BOTH, Verdict.WRONG),
        ({"X-WH-Signature": GHL.sign(BODY)}, BOTH, Verdict.WRONG),
    ],
)
def test_who_signed_is_decided_by_the_headers_and_the_configured_keys(headers, keys, expected):
    assert verdict(headers, BODY, keys) == expected


def test_a_failed_signature_never_falls_back_to_the_legacy_one():
    headers = {"X-GHL-Signature": OTHER.sign(BODY), "X-WH-Signature": LEGACY.sign(BODY)}

    assert verdict(headers, BODY, BOTH) == Verdict.WRONG
    assert verdict(headers, BODY, Keys(rsa=BOTH.rsa)) == Verdict.WRONG


@pytest.mark.parametrize("signer", [GHL, LEGACY])
def test_every_byte_counts(signer):
    name = "X-WH-Signature" if signer is LEGACY else "X-GHL-Signature"
    headers = {name: signer.sign(BODY)}

    assert verdict(headers, BODY, BOTH).is_genuine
    for place in range(len(BODY)):
        changed = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
        assert verdict(headers, changed, BOTH) == Verdict.WRONG
    # The same JSON in other bytes was not signed.
    assert verdict(headers, json.dumps(json.loads(BODY)).encode(), BOTH) == Verdict.WRONG


def test_while_keys_change_the_old_and_the_new_one_are_accepted():
    keys = Keys(ed25519_keys([OTHER.der, GHL.pem]))

    for signer in (GHL, OTHER):
        assert verdict({"X-GHL-Signature": signer.sign(BODY)}, BODY, keys) == Verdict.ED25519


def test_keys_are_base64_der_or_pem_on_one_line_or_several():
    one_line = GHL.pem.replace("\n", "\\n")

    assert len(ed25519_keys([GHL.der, GHL.pem, one_line])) == 3


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "AAAA", "-----BEGIN PUBLIC KEY-----", LEGACY.der, LEGACY.pem],
    ids=["empty", "no base64", "too short", "a heading alone", "RSA", "RSA in PEM"],
)
def test_what_is_no_such_key_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        ed25519_keys([text])


def test_a_key_of_the_other_kind_is_no_rsa_key():
    with pytest.raises(ValueError, match="not an RSA"):
        rsa_keys([GHL.der])


def read(**event):
    return parse(json.dumps(event).encode())


SHARED = {"locationId": "loc", "appId": "app", "webhookId": "w1", "timestamp": "2026-11-12T10:00:00.000Z"}
READ = {
    "location_id": "loc",
    "app_id": "app",
    "webhook_id": "w1",
    "sent_at": datetime(2026, 11, 12, 10, tzinfo=UTC),
}
NOTE = {"id": "n1", "contactId": "c1", "body": "Hello"}


def test_flat_and_wrapped_events_say_the_same():
    expected = Event("NoteCreate", object_id="n1", contact_id="c1", **READ)

    assert read(type="NoteCreate", **SHARED, **NOTE) == expected
    assert read(type="NoteCreate", **SHARED, data=NOTE) == expected
    assert read(type="NoteCreate", data=NOTE | SHARED) == expected


def test_the_events_own_type_wins_over_the_one_of_a_wrapped_contact():
    assert read(type="ContactUpdate", data={"id": "c1", "type": "lead"}).type == "ContactUpdate"


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_appointment_lies_in_a_key_of_its_own(wrapped):
    record = {"appointment": {"id": "a1", "contactId": "c1", "title": "Visit"}}

    event = read(type="AppointmentUpdate", **SHARED, **({"data": record} if wrapped else record))

    assert (event.object_id, event.contact_id, event.title) == ("a1", "c1", "Visit")


def test_a_thin_task_says_its_title_and_no_contact():
    event = read(type="TaskCreate", **SHARED, id="t1", title="Send the quote")

    assert (event.object_id, event.contact_id, event.title) == ("t1", "", "Send the quote")


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"[]", b'"text"', b"{}", b'{"type": ""}', b'{"type": 5}', b"[" * 100_000],
)
def test_what_is_no_event_is_refused(body):
    with pytest.raises(Unreadable):
        parse(body)


def test_an_id_that_no_column_keeps_is_refused():
    with pytest.raises(Unreadable, match="contactId"):
        read(type="NoteCreate", contactId="x" * 129)


@pytest.mark.parametrize("said", [None, "soon", [], 10**30, "0001-01-01T00:00:00+14:00", "2026-13-01"])
def test_a_time_that_cannot_be_read_loses_no_event(said):
    assert read(type="NoteCreate", timestamp=said).sent_at is None


def test_texts_come_without_what_no_database_keeps():
    assert parse(b'{"type": "TaskCreate", "id": "t\\u00001", "title": "a\\ud800b"}').title == "ab"


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the published files are not there")
def test_every_published_example_names_its_record_and_its_sub_account():
    families = ("Contact", "Note", "Task", "Appointment")
    files = [file for family in families for file in sorted((FOLDER / "webhooks").glob(f"{family}*.json"))]
    assert len(files) == 14
    for file in files:
        for example in json.loads(file.read_text())["examples"]:
            event = parse(json.dumps(example).encode())
            record = example.get("appointment", example)
            assert (event.object_id, event.location_id) == (record["id"], example["locationId"])
            assert event.contact_id == record.get("contactId", "")
