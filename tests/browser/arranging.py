"""What must have happened before a picture is taken, by the sandbox's levers and the product's own commands."""

import json
from datetime import UTC, datetime

from tests.browser.stage import Stage

REP = ("--as", "rep@demo.example")


def empty_contact(stage: Stage) -> dict[str, object]:
    """Somebody of whom GHL knows the name alone."""
    fields = {"firstName": "Arlo", "lastName": "Benning", "email": "arlo@benning.example"}
    stage.lever("mutate", kind="contact", action="create", fields=fields)
    stage.command("sync", "--json")
    return {"contact": stage.number(fields["email"])}


def conflicting(stage: Stage) -> dict[str, object]:
    """A colleague changed in GHL what a rep then changes here."""
    task = next(row for row in stage.rows("task") if not row["completed"])
    contact = next(row for row in stage.rows("contact") if row.get("phone") and row.get("email"))
    ids = {"id": task["id"], "notify": False}
    stage.lever("mutate", kind="task", action="update", fields={"title": "Send the revised quote"}, **ids)
    fields = {"phone": "+18025550199"}
    stage.lever("mutate", kind="contact", action="update", id=contact["id"], fields=fields, notify=False)
    write(stage, "task.update", id=task["id"], title="Send the quote on Monday")
    write(stage, "contact.update", id=contact["id"], phone="+18025550142")
    return {}


def write(stage: Stage, operation: str, *options: str, **data: object) -> None:
    """As the rep would from a page."""
    given = ("--data", json.dumps(data), "--connection", "1", "--json", *REP, *options)
    stage.command("write", operation, *given, may_fail=True)


def unsaved(stage: Stage) -> dict[str, object]:
    """One change that GHL rejects, one for which a scope is missing, and two that wait while GHL is down."""
    tasks = [row for row in stage.rows("task") if not row["completed"]][-3:]
    stage.lever("next", operation="update_task", answers=["422"])
    write(stage, "task.update", id=tasks[0]["id"], title="Call about the revised quote")
    stage.lever("next", operation="create_note", answers=["no_scope"], times=5)
    write(stage, "note.create", contact_id=tasks[1]["contactId"], body="Prefers a call after four.")
    stage.lever("next", operation="create_note", answers=[])
    stage.lever("faults", spec="500=1")
    write(stage, "note.create", "--queue", contact_id=tasks[2]["contactId"], body="Wants a second visit.")
    write(stage, "task.complete", "--queue", id=tasks[2]["id"])
    return {}


def unreadable(stage: Stage) -> dict[str, object]:
    """A full run that meets appointments without a start."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M}"
    for row in [row for row in stage.rows("appointment") if row["startTime"] > now][:3]:
        stage.lever("corrupt", kind="appointment", id=row["id"], preset="no_start")
    return {"run": json.loads(stage.command("sync", "--full", "--json", may_fail=True).splitlines()[-1])["run"]}


def read_only(stage: Stage) -> dict[str, object]:
    """A second account, connected for reading."""
    place = stage.lever("info")["locations"][1]
    stage.command("connect", "--location", place["id"], "--token-stdin", "--json", given=place["pit"] + "\n")
    stage.command("sync", "--connection", "2", "--json")
    busy = {row["contactId"] for row in stage.rows("task", account=1) if not row["completed"]}
    person = next(row for row in stage.rows("contact", account=1) if row.get("email") and row["id"] in busy)
    return {"contact": stage.number(person["email"], who="admin")}


def broken(stage: Stage) -> dict[str, object]:
    """Nobody signed the app out; GHL stopped accepting its tokens."""
    stage.lever("revoke-refresh", location_id=stage.lever("info")["locations"][0]["id"])
    stage.lever("expire-tokens", all=True)
    stage.command("sync", "--connection", "1", "--json", may_fail=True)
    return {}


def revoked(stage: Stage) -> dict[str, object]:
    stage.command("revoke", "--connection", "2")
    return {}
