"""Whatever GHL sends in any field of any kind: the record is kept, and every page and export of it works."""

import io
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from integrations.activity.kinds import MODELS
from integrations.activity.models import Contact
from integrations.ghl import mapping
from integrations.sync.reconcile import Batch, apply, prepare
from tests.ghl.test_odd_fields import ROWS

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
AT = "2026-03-02T10:00:00Z"
HOSTILE = [
    None,
    " \u200b",
    "x" * 70_000,
    -(10**20),
    float("nan"),
    ["a", {"b": [None]}],
    {"id": "u1"},
    "<b>" * 300 + "<![CDATA[x]]><script>alert(1)</script>",
    "\u202eevil \x00\x1f\ud800",
    "e" + "\u0301" * 500,
    "0001-01-01",
    "9999-12-31T23:59:59.999+14:00",
    "9000-06-01T00:00:00Z",
    "2026-03-08T02:30:00",
    "javascript:alert(1)",
    "%s {x} '; -- \r\nX: y",
    "won",
]
BASE = {
    "contacts": {"firstName": "Dana", "customFields": [{"id": "f1", "value": "x"}]},
    "tasks": {"title": "Call", "dueDate": AT},
    "notes": {"body": "Called", "dateAdded": AT},
    "appointments": {"title": "Visit", "startTime": AT},
    "messages": {"messageType": "TYPE_SMS", "body": "Hi", "dateAdded": AT},
    "opportunities": {"name": "Roof", "status": "open", "createdAt": AT},
    "fields": {"name": "Roof"},
}


def store(connection, stream, rows):
    records, bad = mapping.read_rows(rows, ROWS[stream][0], ZONE)
    counters, _ = apply(Batch(connection, stream, None, NOW), prepare(records))
    assert (bad, counters.failed) == ([], 0)


def rows_of(stream):
    """One row for each value in each field; those of one field hang on one contact."""
    for key in ROWS[stream][1].split():
        for number, value in enumerate(HOSTILE):
            odd = [{"id": "f1", "value": value}] if key == "customFields" else value
            yield {"contactId": f"c-{key}", **BASE.get(stream, {}), "id": f"{key}-{number}", key: odd}


@pytest.mark.parametrize("stream", ROWS)
def test_any_value_in_any_field_is_kept_shown_and_exported(as_carol, connection, tmp_path, stream):
    keys = ROWS[stream][1].split()
    store(connection, "fields", [{"id": "f1", "name": "Roof"}])
    store(connection, "contacts", [{"id": f"c-{key}", "firstName": "Dana"} for key in keys])
    rows = [row for row in rows_of(stream) if row.get("deleted") is not True]
    store(connection, stream, [BASE.get(stream, {}) | {"id": row["id"]} for row in rows])
    store(connection, stream, rows)

    kept = MODELS[stream].objects.filter(connection=connection)
    assert {row["id"] for row in rows} <= set(kept.values_list("remote_id", flat=True))
    for address in addresses(connection, stream):
        assert as_carol.get(address).status_code == 200, address
    call_command("export", f"--connection={connection.pk}", f"--out={tmp_path / 'out'}")
    assert all(json.loads(line) for line in (tmp_path / "out").read_text().splitlines())
    for form in ("json", "csv"):
        call_command("export_timeline", f"--contact=c-{keys[0]}", f"--format={form}", stdout=io.StringIO())


def addresses(connection, stream):
    place = f"/connections/{connection.workspace_id}"
    yield from ("/contacts/", "/contacts/new/", f"{place}/fields/", f"{place}/people/")
    for contact in Contact.objects.filter(remote_id__startswith="c-"):
        yield from (f"/contacts/{contact.pk}/", f"/contacts/{contact.pk}/live/")
    for item in MODELS[stream].objects.all() if stream in ("contacts", "businesses") else ():
        yield f"/{stream}/{item.pk}/"
