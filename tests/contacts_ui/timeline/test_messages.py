"""Messages on the line: who said what to whom and how, a day's thread in one row, calls that nobody took."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.connections import registry


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace)


@pytest.fixture
def priya(workspace, make_user):
    return make_user(workspace)


def page(client, contact, query=""):
    response = client.get(f"/contacts/{contact.pk}/{query}")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def row(text, contact, said):
    """The row of a message, its popover left out."""
    pk = contact.entries.get(kind="message", source_id=said.pk).pk
    shown = text.partition(f'id="entry-{pk}"')[2].partition(">")[2].partition("</li>")[0]
    return re.sub(r'<details class="pop source">.*?</details>', "", shown)


def words(text):
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Inbound. Dana wrote by SMS"),
        ({"channel": "whatsapp"}, "Inbound. Dana wrote by WhatsApp"),
        ({"channel": "pigeon_post"}, "Inbound. Dana wrote by pigeon post"),
        ({"is_inbound": False, "author_remote_id": "u1"}, "Outbound. Priya Raman wrote to Dana by SMS"),
        ({"is_inbound": False, "source": "workflow"}, "Outbound. Automatic SMS to Dana"),
        ({"channel": "email", "body": ""}, "Inbound. Dana sent an email"),
        (
            {"channel": "call", "status": "completed", "seconds": 125, "body": ""},
            "Inbound. Dana called · 2 min 5 s",
        ),
        ({"channel": "call", "status": "no-answer", "body": ""}, "Inbound. Missed call from Dana · no answer"),
        (
            {"channel": "call", "status": "busy", "body": "", "is_inbound": False, "author_remote_id": "u1"},
            "Outbound. Priya Raman called Dana · busy",
        ),
        ({"channel": "voicemail", "seconds": 18, "body": ""}, "Inbound. Dana left a voicemail · 18 s"),
        ({"channel": "comment", "author_remote_id": "u1"}, "Priya Raman wrote an internal comment"),
    ],
)
def test_a_row_says_who_told_whom_and_how(as_alice, dana, make_user, make_message, fields, said):
    make_user(dana.workspace, remote_id="u1")
    if fields.get("channel") == "comment":
        fields = fields | {"is_inbound": False}
    made = make_message(dana, **fields)

    assert words(row(page(as_alice, dana), dana, made)).startswith(said)


def test_both_directions_differ_by_side_and_icon_and_word(as_alice, dana, make_message):
    theirs = make_message(dana, "Are you coming?")
    ours = make_message(dana, "On our way", channel="whatsapp", is_inbound=False)
    shown = page(as_alice, dana)

    assert 'class="say say--in"' in row(shown, dana, theirs)
    assert "Inbound." in row(shown, dana, theirs)
    assert 'class="say say--out"' in row(shown, dana, ours)
    assert "Outbound." in row(shown, dana, ours)


def test_a_missed_call_says_so_with_an_icon_of_its_own(as_alice, dana, make_message):
    missed = make_message(dana, "", channel="call", status="no-answer")
    taken = make_message(dana, "", channel="call", status="completed", seconds=60)
    shown = page(as_alice, dana)

    assert "node--missed" in row(shown, dana, missed)
    assert "node--missed" not in row(shown, dana, taken)


def test_what_did_not_arrive_is_said(as_alice, dana, make_message):
    lost = make_message(dana, is_inbound=False, status="undelivered")
    assert "Not delivered" in row(page(as_alice, dana), dana, lost)


def test_a_thread_of_a_day_is_one_row_with_its_last_words_and_count_and_opens_in_place(
    as_alice, dana, make_message
):
    for hours, body in ((5, "First words"), (4, "Second words"), (3, "Third words"), (2, "Last words")):
        make_message(dana, body, sent_at=timezone.now().replace(hour=12) - timedelta(days=3, hours=-hours))
    shown = page(as_alice, dana).partition('id="feed-results"')[2]

    assert shown.count('<li class="entry"') == 1
    assert "4 messages" in shown
    before, _, inside = shown.partition('<details class="thread"')
    assert "First words" in before
    assert "First words" not in inside
    assert words(inside.partition("</summary>")[0]).endswith("Show 3 earlier messages Show the last one only")
    assert all(body in inside for body in ("Last words", "Second words", "Third words"))


def test_channels_days_and_conversations_are_threads_of_their_own_and_calls_none(as_alice, dana, make_message):
    noon = timezone.now().replace(hour=12) - timedelta(days=3)
    for fields in (
        {},
        {"channel": "whatsapp"},
        {"conversation_remote_id": "v2"},
        {"sent_at": noon - timedelta(days=1)},
        {"channel": "call"},
        {"channel": "call"},
        {"channel": "email"},
        {"channel": "email"},
    ):
        make_message(dana, **{"sent_at": noon, **fields})

    assert page(as_alice, dana).count('<li class="entry"') == 8


def test_a_search_shows_each_hit_by_itself(as_alice, dana, make_message):
    for number in range(3):
        make_message(dana, f"The roof, part {number}")

    assert page(as_alice, dana, "?q=roof").count('<li class="entry"') == 3


def test_attachments_are_links_and_a_recording_says_so(as_alice, dana, make_message):
    files = ["https://files.example/a/roof%20plan.pdf", "javascript:alert(1)", "https://[bad"]
    text = make_message(dana, attachments=files)
    call = make_message(dana, "", channel="call", status="completed", attachments=["https://files.example/1.mp3"])
    shown = page(as_alice, dana)

    assert re.findall(
        r'href="([^"]+)"[^>]*>.*?<bdi>(.*?)</bdi>', row(shown, dana, text).partition("say__files")[2]
    ) == [("https://files.example/a/roof%20plan.pdf", "roof plan.pdf")]
    assert "<bdi>Recording</bdi>" in row(shown, dana, call)
    assert "javascript" not in shown


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"body": '<p><img src="https://x.example/roof.png"></p>'},
            "This message is a picture. Open it in GHL to see",
        ),
        (
            {"body": "<p>\u200b</p><hr>"},
            "This message has nothing that can be shown here. Open it in GHL to see it.",
        ),
        ({"body": ""}, "This message is empty."),
        ({"body": "", "channel": "comment"}, "This message is empty."),
        ({"body": "", "attachments": ["https://x.example/roof.png"]}, ""),
        ({"body": "", "channel": "call", "status": "no-answer"}, ""),
        ({"body": "", "channel": "email"}, ""),
        ({"body": "Thanks"}, ""),
    ],
)
def test_a_message_says_what_it_is_where_it_has_no_words(as_alice, dana, make_message, fields, said):
    made = make_message(dana, **fields)

    shown = words(row(page(as_alice, dana), dana, made))

    assert said in shown
    assert ("This message" in shown) == bool(said)


def test_markup_in_a_message_is_made_safe(as_alice, dana, make_message):
    said = make_message(dana, "<img src=x onerror=alert(1)><script>alert(2)</script>Hello <b>you</b>")
    shown = row(page(as_alice, dana), dana, said)

    assert "Hello <b>you</b>" in shown
    assert not re.search("onerror|<script|<img", shown)


def test_the_reply_opens_the_conversation_there_by_the_providers_words_and_address(
    as_alice, dana, make_message, monkeypatch
):
    said = make_message(dana, conversation_remote_id="v 1/2")
    assert "reply" not in row(page(as_alice, dana), dana, said).lower()

    pages = registry.provider("fake").pages
    monkeypatch.setattr(type(registry.provider("fake")), "pages", answering(pages))

    shown = row(page(as_alice, dana), dana, said)
    account = dana.connection.external_id
    assert f'href="https://there.example/{account}/v%201%2F2" target="_blank" rel="noopener noreferrer"' in shown
    assert "Answer there" in words(shown)


def answering(pages):
    from dataclasses import replace

    return replace(pages, conversation_url="https://there.example/{account}/{conversation}", reply="Answer there")


def test_a_scheduled_message_stands_under_upcoming_and_is_no_meeting(as_alice, dana, make_user, make_message):
    make_user(dana.workspace, remote_id="u1")
    later = {"is_inbound": False, "author_remote_id": "u1", "status": "scheduled", "days_ago": -1}
    make_message(dana, "We come <b>at nine</b>", **later)
    shown = page(as_alice, dana)

    coming = words(shown.partition('id="agenda-coming"')[2].partition("Where this")[0])
    assert "SMS to Dana : We come at nine Scheduled" in coming
    assert "Next meeting" not in shown
    assert "To do 0" in words(shown)


def test_a_message_that_waits_although_its_time_has_come_is_still_called_scheduled(as_alice, dana, make_message):
    made = make_message(dana, is_inbound=False, status="scheduled")

    assert words(row(page(as_alice, dana), dana, made)).startswith("Outbound. Scheduled SMS to Dana")
