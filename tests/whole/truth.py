"""Compares an export with what the sandbox really holds, record by record and field by field.

The expectation is written here from the API's own words and shares no code with the mapping that it tests.
"""

import json
from datetime import UTC, datetime


def moment(value):
    if value in (None, ""):
        return None
    parsed = datetime.fromisoformat(value)
    assert parsed.tzinfo, f"{value} has no zone"
    return parsed.astimezone(UTC)


def contact(row):
    name = " ".join(part for part in (row.get("firstName"), row.get("lastName")) if part)
    return {
        "first_name": row.get("firstName") or "",
        "last_name": row.get("lastName") or "",
        "name": name or row.get("contactName") or "",
        "email": row.get("email") or "",
        "phone": row.get("phone") or "",
        "company": row.get("companyName") or "",
        "business_id": row.get("businessId") or "",
        "tags": row.get("tags") or [],
        "owner_id": row.get("assignedTo") or "",
        "source": row.get("source") or "",
        "date_added": moment(row["dateAdded"]),
        "date_updated": moment(row.get("dateUpdated") or row["dateAdded"]),
    }


def task(row):
    return {
        "contact_id": row["contactId"],
        "title": row.get("title") or "",
        "body": row.get("body") or "",
        "due_at": moment(row.get("dueDate")),
        "completed": row["completed"],
        "owner_id": row.get("assignedTo") or "",
    }


def note(row):
    return {
        "contact_id": row["contactId"],
        "title": row.get("title") or "",
        "body": row.get("body") or "",
        "pinned": row.get("pinned") or False,
        "user_id": row.get("userId") or "",
        "added_at": moment(row["dateAdded"]),
    }


def appointment(row):
    return {
        "contact_id": row["contactId"],
        "title": row.get("title") or "",
        "status": row.get("appointmentStatus") or "",
        "start_at": moment(row["startTime"]),
        "end_at": moment(row.get("endTime")),
        "calendar_id": row["calendarId"],
        "owner_id": row.get("assignedUserId") or "",
        "address": row.get("address") or "",
    }


def business(row):
    return {key: row.get(key) or "" for key in ("name", "phone", "email", "website")}


def opportunity(row):
    return {
        "contact_id": row["contactId"],
        "name": row["name"],
        "pipeline_id": row["pipelineId"],
        "stage_id": row["pipelineStageId"],
        "status": row["status"],
        "value": row["monetaryValue"],
        "owner_id": row.get("assignedTo") or "",
        "source": row.get("source") or "",
        "added_at": moment(row["createdAt"]),
        "updated_at": moment(row["updatedAt"]),
    }


def message(row):
    meta, is_mail = row.get("meta") or {}, row["messageType"] == "TYPE_EMAIL"
    call = {"status": meta["callStatus"], "seconds": int(meta["callDuration"])} if "callStatus" in meta else {}
    return {
        "contact_id": row["contactId"],
        "inbound": row["direction"] == "inbound",
        "status": row["status"],
        "subject": row.get("subject") or "",
        "body": "" if is_mail else row["body"],
        "attachments": row["attachments"],
        "user_id": row.get("userId") or "",
        "conversation_id": row["conversationId"],
        "sent_at": moment(row["dateAdded"]),
        **call,
    }


KINDS = {
    "contact": contact,
    "task": task,
    "note": note,
    "appointment": appointment,
    "business": business,
    "opportunity": opportunity,
    "message": message,
}
TIMES = {"date_added", "date_updated", "due_at", "added_at", "start_at", "end_at", "updated_at", "sent_at"}


def expected(state):
    """{(kind, id): fields} of everything alive."""
    return {
        (row["kind"], row["id"]): KINDS[row["kind"]](row)
        for row in state
        if row["kind"] in KINDS and not row["deleted"]
    }


def exported(path):
    """The same from an export file; tombstones left out."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {
        (row["kind"], row["id"]): {
            key: moment(value) if key in TIMES else value
            for key, value in row.items()
            if key not in ("kind", "id", "deleted") and not (key == "contact_id" and value is None)
        }
        for row in rows
        if not row["deleted"]
    }


def differences(state, path, *, most=5, leaving_out=()):
    """What differs, in words; an empty list means that both hold the same. `leaving_out` holds ids."""
    want, have = (
        {key: fields for key, fields in rows.items() if key[1] not in leaving_out}
        for rows in (expected(state), exported(path))
    )
    found = [f"missing {key}" for key in sorted(want.keys() - have.keys())]
    found += [f"too many {key}" for key in sorted(have.keys() - want.keys())]
    for key in sorted(want.keys() & have.keys()):
        for field, value in want[key].items():
            if have[key].get(field) != value:
                found.append(f"{key} {field}: cache {have[key].get(field)!r}, truth {value!r}")
    return found[:most] + ([f"and {len(found) - most} more"] if len(found) > most else [])
