"""The demo world: deterministic, varied, believable."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.sandbox.process import TODAY, running

DIGITS = re.compile(r"\d+")
NOON = datetime.fromisoformat(f"{TODAY}T16:00:00+00:00")


@pytest.fixture(scope="module")
def world():
    """The untouched demo world."""
    with running() as sandbox:
        rows = sandbox.state()
    return {kind: [row for row in rows if row["kind"] == kind] for kind in {row["kind"] for row in rows}}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_same_seed_makes_the_same_world_and_another_seed_another():
    texts = []
    for seed in ("3", "3", "4"):
        with running("--contacts", "40", "--seed", seed) as sandbox:
            texts.append(sandbox.state())
    assert texts[0] == texts[1] != texts[2]
    assert not {row["id"] for row in texts[0] if "id" in row} & {row["id"] for row in texts[2] if "id" in row}


def test_the_default_world_has_the_promised_size(world):
    told = ("note", "task", "appointment", "message", "opportunity")
    assert {kind: len(rows) for kind, rows in world.items() if kind not in told} == {
        "contact": 250,
        "business": 40,
        "calendar": 5,
        "pipeline": 2,
        "user": 9,
        "location": 1,
    }
    per_contact = Counter(row["contactId"] for kind in ("note", "task", "appointment") for row in world[kind])
    sizes = sorted(per_contact[row["id"]] for row in world["contact"])
    assert sizes[0] == 0
    assert sizes[-1] == 2000
    assert sizes[1] >= 4
    assert sizes[-2] <= 40
    assert 8 <= sizes[len(sizes) // 2] <= 16


def test_no_two_of_fifty_neighbours_share_a_name_or_a_note(world):
    notes = {}
    for note in world["note"]:
        notes.setdefault(note["contactId"], set()).add(DIGITS.sub("#", note["body"]))
    people = world["contact"]
    busiest = max(notes, key=lambda contact_id: len(notes[contact_id]))
    for start in range(0, len(people) - 50, 10):
        window = people[start : start + 50]
        assert len({person["name"] for person in window}) == 50
        bodies = [body for person in window if person["id"] != busiest for body in notes.get(person["id"], ())]
        assert len(bodies) - len(set(bodies)) <= len(bodies) // 200


def test_no_two_of_fifty_neighbours_share_their_times_of_day(world):
    zone = ZoneInfo("America/New_York")
    times: dict[str, list[str]] = {}
    for kind, key in (("note", "dateAdded"), ("task", "dueDate"), ("appointment", "startTime")):
        for row in world[kind]:
            times.setdefault(row["contactId"], []).append(f"{moment(row[key]).astimezone(zone):%H:%M}")
    patterns = [tuple(times.get(person["id"], ())) for person in world["contact"]]
    for start in range(0, len(patterns) - 50, 10):
        assert len(set(patterns[start : start + 50])) >= 49  # the contact with nothing may meet no other


def test_the_past_is_past_and_recent_weeks_are_denser(world):
    added = [moment(row["dateAdded"]) for kind in ("note", "task") for row in world[kind]]
    assert max(added) < NOON
    recent = sum(when > NOON - timedelta(days=60) for when in added)
    earlier = sum(NOON - timedelta(days=360) < when <= NOON - timedelta(days=300) for when in added)
    assert recent > 4 * earlier > 0


def test_there_is_something_to_do_today(world):
    open_tasks = [row for row in world["task"] if not row["completed"] and not row["deleted"]]
    overdue = [row for row in open_tasks if moment(row["dueDate"]) < NOON]
    coming = [row for row in open_tasks if NOON <= moment(row["dueDate"]) < NOON + timedelta(days=14)]
    meetings = [row for row in world["appointment"] if moment(row["startTime"]) > NOON]
    assert 20 <= len(overdue) <= len(world["task"]) // 6
    assert len(coming) >= 20
    assert len(meetings) >= 15


def test_most_things_happen_in_working_hours(world):
    zone = ZoneInfo("America/New_York")
    hours = Counter(moment(row["dateAdded"]).astimezone(zone).hour for row in world["note"])
    assert sum(count for hour, count in hours.items() if 7 <= hour < 19) > 0.94 * len(world["note"])
    assert not any(hour < 6 for hour in hours)


def test_nothing_happens_before_the_contact_exists(world):
    since = {row["id"]: row["dateAdded"] for row in world["contact"]}
    for kind in ("note", "task"):
        assert all(row["dateAdded"] >= since[row["contactId"]] for row in world[kind])


def test_people_and_notes_vary_as_in_life(world):
    people, notes = world["contact"], world["note"]
    assert any(re.search("[\u0590-\u06ff]", person["name"] or "") for person in people)
    assert any(len(person["name"]) > 60 for person in people)
    assert {len(person["tags"]) for person in people} == set(range(7))
    assert any(person["dnd"] for person in people)
    assert any(person["email"] is None for person in people)
    assert any(person["assignedTo"] is None for person in people)
    for mark in ("<p>", "<ul><li>", "<a href=", "\n", "👍"):
        assert any(mark in note["body"] for note in notes), mark
    assert any(len(note["body"]) > 600 for note in notes)
    assert any(note["pinned"] for note in notes)
    assert any(note["title"] and note["color"] for note in notes)
    kinds = {type(value["value"]) for person in people for value in person["customFields"]}
    assert kinds == {str, int, list}


def test_addresses_are_invented_and_phones_are_from_the_free_range(world):
    for person in world["contact"]:
        assert person["email"] is None or person["email"].endswith(".example")
        assert person["phone"] is None or re.search(r"55501\d\d$", person["phone"])
    phones = [person["phone"] for person in world["contact"] if person["phone"]]
    emails = [person["email"] for person in world["contact"] if person["email"]]
    assert len(set(phones)) == len(phones)
    assert len(set(emails)) == len(emails)


def test_an_unknown_status_is_there_but_rare(world):
    statuses = Counter(row["appointmentStatus"] for row in world["appointment"])
    assert 0 < statuses["rescheduled"] < 0.03 * len(world["appointment"])


def test_every_contact_can_have_the_same_shape():
    with running("--contacts", "12", "--per-contact", "2,2,1") as sandbox:
        rows = sandbox.state()
    for kind, count in (("note", 2), ("task", 2), ("appointment", 1)):
        per_contact = Counter(row["contactId"] for row in rows if row["kind"] == kind)
        assert set(per_contact.values()) == {count}
        assert len(per_contact) == 12


def test_variant_b_swaps_ids_order_and_leaves_out_empty_fields():
    with running("--contacts", "60", "--variant", "B") as sandbox:
        rows = sandbox.search(pageLimit=500)["contacts"]
        tasks, note = sandbox.search_tasks(), next(row for row in sandbox.state() if row["kind"] == "note")
    assert all(re.fullmatch("[0-9a-f]{24}", row["id"]) for row in rows)
    assert all(re.fullmatch("[0-9A-Za-z]{20}", row["_id"]) for row in tasks)
    assert len(note["id"]) == 36
    assert [row["dateAdded"] for row in rows] == sorted(row["dateAdded"] for row in rows)
    assert not any(value is None for row in rows for value in row.values())


def test_without_a_pinned_day_the_stories_lead_up_to_now():
    with running("--contacts", "60", "--today", f"{datetime.now(UTC):%Y-%m-%d}") as sandbox:
        rows = sandbox.state(kinds="note")
    newest = max(moment(row["dateAdded"]) for row in rows)
    assert newest > datetime.now(UTC) - timedelta(days=10)


def test_variant_b_pages_through_everything_too():
    with running("--contacts", "150", "--variant", "B") as sandbox:
        truth = {kind: {row["id"] for row in sandbox.state(kinds=kind)} for kind in ("contact", "task")}
        contacts, tasks = [], []
        page = sandbox.search(pageLimit=70)["contacts"]
        while page:
            contacts += [row["id"] for row in page]
            page = sandbox.search(pageLimit=70, searchAfter=page[-1]["searchAfter"])["contacts"]
        page = sandbox.search_tasks(limit=100)
        while page:
            tasks += [row["_id"] for row in page]
            page = sandbox.search_tasks(limit=100, searchAfter=page[-1]["searchAfter"])
    for found, wanted in ((contacts, truth["contact"]), (tasks, truth["task"])):
        assert len(found) == len(wanted)
        assert set(found) == wanted


def test_threads_have_both_sides_channels_missed_calls_and_nothing_from_the_future(world):
    messages = world["message"]
    per_contact = Counter(message["contactId"] for message in messages)
    assert 4 <= sorted(per_contact.values())[len(per_contact) // 2] <= 20
    assert all(moment(message["dateAdded"]) <= NOON for message in messages)
    kinds = Counter((message["messageType"], message["direction"]) for message in messages)
    for kind in ("TYPE_SMS", "TYPE_CALL", "TYPE_EMAIL", "TYPE_WHATSAPP", "TYPE_LIVE_CHAT"):
        assert min(kinds[kind, "inbound"], kinds[kind, "outbound"]) > 10, kind
    calls = Counter(message["meta"]["callStatus"] for message in messages if message["messageType"] == "TYPE_CALL")
    assert {"completed", "no-answer", "voicemail", "busy"} <= calls.keys()
    mails = [message for message in messages if message["messageType"] == "TYPE_EMAIL"]
    assert all(message["subject"] and message["emailId"] and "<p>" in message["body"] for message in mails)
    assert 0.1 < sum("<img" in message["body"] for message in mails) / len(mails) < 0.6
    assert not any("{" in message["body"] for message in messages)


def test_deals_follow_the_story_of_their_contact(world):
    deals, pipelines = world["opportunity"], {row["id"]: row for row in world["pipeline"]}
    assert 0.5 < len(deals) / len(world["contact"]) < 2
    assert {deal["status"] for deal in deals} == {"open", "won", "lost", "abandoned"}
    assert all(deal["pipelineStageId"] in pipelines[deal["pipelineId"]]["stages"] for deal in deals)
    assert all(moment(deal["createdAt"]) <= moment(deal["updatedAt"]) <= NOON for deal in deals)
    assert all(deal["monetaryValue"] > 100 for deal in deals)
