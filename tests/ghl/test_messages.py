"""Messages as GHL tells them: every channel in our words, all once in pages of a hundred, then what is new."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from integrations.activity.models import ActivityEntry, Message
from integrations.connections.ports import Absent, Lane
from integrations.ghl import installs, messages, oauth
from integrations.ghl.fields import Fields
from integrations.ghl.messages import channel_of, message
from integrations.ghl.provider import GhlProvider
from integrations.sync import jobs
from integrations.sync.models import StreamCursor
from tests.ghl.conftest import code_for
from tests.sandbox.process import running

ZONE = ZoneInfo("America/New_York")
ROW = {
    "id": "m1",
    "messageType": "TYPE_SMS",
    "contactId": "c1",
    "conversationId": "v1",
    "direction": "inbound",
    "status": "delivered",
    "body": "Hello",
    "dateAdded": "2026-03-02T10:00:00Z",
}
CALL = ROW | {"messageType": "TYPE_CALL", "meta": {"callDuration": "125", "callStatus": "completed"}}


@pytest.mark.parametrize(
    ("word", "channel"),
    [
        ("TYPE_SMS", "sms"),
        ("TYPE_CAMPAIGN_SMS", "sms"),
        ("TYPE_SMS_REVIEW_REQUEST", "sms"),
        ("TYPE_CALL", "call"),
        ("TYPE_IVR_CALL", "call"),
        ("TYPE_CAMPAIGN_VOICEMAIL", "voicemail"),
        ("TYPE_CUSTOM_PROVIDER_EMAIL", "email"),
        ("TYPE_WHATSAPP", "whatsapp"),
        ("TYPE_LIVE_CHAT", "chat"),
        ("TYPE_WEBCHAT", "chat"),
        ("TYPE_INSTAGRAM_COMMENT", "instagram"),
        ("TYPE_GMB", "google"),
        ("TYPE_INTERNAL_COMMENT", "comment"),
        ("TYPE_PIGEON", "pigeon"),
    ],
)
def test_every_type_has_a_channel_and_an_unknown_one_its_own_name(word, channel):
    assert channel_of(Fields({"messageType": word}, ZONE)) == channel


def test_a_row_without_a_word_for_its_type_is_known_by_its_number():
    assert [channel_of(Fields({"type": number}, ZONE)) for number in (1, 2, 3)] == ["call", "sms", "email"]


def test_a_calls_length_comes_as_text_and_its_end_stands_beside_the_status():
    said = message(CALL, ZONE)
    assert (said.channel, said.status, said.seconds) == ("call", "completed", 125)
    left = message(CALL | {"meta": {"callStatus": "voicemail"}}, ZONE)
    assert (left.channel, left.seconds) == ("voicemail", None)


@pytest.mark.parametrize("odd", ["long", None, [], "1e400", -5, True])
def test_an_odd_length_costs_no_record(odd):
    assert message(CALL | {"meta": {"callDuration": odd, "callStatus": "completed"}}, ZONE).seconds is None


def test_an_email_knows_the_ids_of_its_parts_and_its_subject():
    meta = {"email": {"messageIds": ["e1", "e2"], "subject": "Quote"}}
    said = message(ROW | {"messageType": "TYPE_EMAIL", "meta": meta}, ZONE)
    assert (said.email_ids, said.subject) == (("e1", "e2"), "Quote")


def test_attachments_are_addresses_however_they_come():
    said = message(ROW | {"attachments": ["https://a.example/1", {"url": "https://a.example/2"}, 7, None]}, ZONE)
    assert said.attachments == ("https://a.example/1", "https://a.example/2")


@pytest.fixture
def connection(ghl):
    return installs.settle(oauth.exchange(code_for(ghl, ghl.location_id), redirect_uri=""), actor=None)


@pytest.fixture
def reader(connection):
    return GhlProvider().reader(connection, Lane.PERSON)


def create(ghl, contact_id, **fields):
    wanted = {"kind": "message", "action": "create", "contact_id": contact_id, "fields": fields}
    return ghl.admin("mutate", wanted)["record"]


@pytest.mark.django_db
def test_a_message_is_found_by_its_own_id_an_emails_or_its_conversations(ghl, reader):
    contact_id = ghl.new_contact()
    text = create(ghl, contact_id, body="Hi there")
    mail = create(ghl, contact_id, channel="email", subject="Quote", body="<p>Dear</p>")

    assert reader.one("messages", text["id"], "").body == "Hi there"
    assert reader.one("messages", mail["emailId"], contact_id).remote_id == mail["id"]
    assert reader.one("messages", text["conversationId"], contact_id).contact_remote_id == contact_id
    with pytest.raises(Absent):
        reader.one("messages", "nobodyHasThisId00000", contact_id)
    with pytest.raises(Absent):
        reader.one("messages", "nobodyHasThisId00000", "nobodyHasThisId00000")


@pytest.mark.django_db
def test_of_a_contact_the_latest_are_read_emails_among_them_and_no_notes_of_ghls_own(ghl, reader):
    contact_id = ghl.new_contact()
    text, mail = create(ghl, contact_id, body="Hi"), create(ghl, contact_id, channel="email", subject="Quote")
    create(ghl, contact_id, channel="deal", body="Opportunity updated")

    found = reader.of_contact("messages", contact_id)

    assert {record.remote_id for record in found.records} == {text["id"], mail["id"]}


@pytest.fixture
def busy(settings):
    """A sub-account with 1,240 messages: 992 texts and 248 emails, thus 10 and 3 pages."""
    with running("--contacts", "31", "--per-contact", "0,0,0,0,40") as sandbox:
        settings.GHL_API_BASE_URL = sandbox.url
        settings.GHL_AUTHORIZE_URL = f"{sandbox.url}/v2/oauth/chooselocation"
        settings.GHL_CLIENT_ID = sandbox.hello["client_id"]
        settings.GHL_CLIENT_SECRET = sandbox.hello["client_secret"]
        settings.GHL_VERSION_ID = settings.GHL_CLIENT_ID.partition("-")[0]
        yield sandbox


@pytest.fixture
def read(busy):
    """Read it: `read("full")` returns the requests that were made for messages."""
    connection = installs.settle(oauth.exchange(code_for(busy, busy.location_id), redirect_uri=""), actor=None)

    def carry_out(kind):
        busy.admin("reset-counts")
        run, _ = jobs.start_run(connection, trigger="command", kind=kind)
        while not jobs.advance_run(run.pk):
            pass
        assert run.streams.get(stream="messages").state == "done"
        return len(busy.requests("export_messages"))

    return carry_out


@pytest.mark.django_db(transaction=True)
def test_the_first_read_costs_its_pages_a_delta_with_nothing_new_one_of_each(busy, read):
    assert (read("full"), busy.counts()["least"]["message_pages"]) == (13, 13)
    assert Message.objects.count() == ActivityEntry.objects.filter(kind="message").count() == 1_240
    assert StreamCursor.objects.get(stream="messages").watermark <= datetime.now(UTC)

    assert read("incremental") == 2


@pytest.mark.django_db(transaction=True)
def test_a_delta_goes_on_as_far_as_there_is_news_however_old_the_message(busy, read):
    read("full")
    texts = [row for row in busy.state(kinds="message") if row["messageType"] == "TYPE_SMS"]
    oldest = sorted(texts, key=lambda row: row["dateAdded"])[:150]
    for row in oldest:
        which = {"kind": "message", "action": "update", "id": row["id"], "contact_id": row["contactId"]}
        busy.admin("mutate", which | {"fields": {"status": "read"}})
    mail = create(busy, oldest[0]["contactId"], channel="email", subject="New")

    # Two pages of what changed and one of emails, and of each the first that shows nothing new.
    assert read("incremental") == 2 + 1 + 1 + 1

    assert set(Message.objects.filter(status="read").values_list("remote_id", flat=True)) == {
        row["id"] for row in oldest
    }
    assert Message.objects.filter(remote_id=mail["id"], channel="email").exists()


def test_a_listing_that_runs_in_a_circle_ends_in_an_error():
    class Stuck:
        class conversations:
            @staticmethod
            def export(*_, **__):
                return {"messages": [ROW], "nextCursor": "again", "total": 9}

    with pytest.raises(messages.MalformedAnswer):
        messages.Messages(Stuck, "loc", ZONE).page({"after": "again"}, None)
