"""Messages: the export of a whole sub-account or of one contact, one message, the whole of an email."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from json import dumps, loads

from integrations.sandbox.crm.records import Contact, Json, Message
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.crm.time_index import Place
from integrations.sandbox.http.errors import bad_request, missing, unprocessable
from integrations.sandbox.http.messages import Answer, Call
from integrations.sandbox.seed.moments import iso

_MOST = 500
# Word and number of each type, and the channel that the export knows it by.
TYPES = {
    "sms": ("TYPE_SMS", 2, "SMS"),
    "call": ("TYPE_CALL", 1, "Call"),
    "email": ("TYPE_EMAIL", 3, "Email"),
    "whatsapp": ("TYPE_WHATSAPP", 19, "WhatsApp"),
    "facebook": ("TYPE_FACEBOOK", 11, "Facebook"),
    "instagram": ("TYPE_INSTAGRAM", 18, "Instagram"),
    "chat": ("TYPE_LIVE_CHAT", 29, ""),
    "comment": ("TYPE_INTERNAL_COMMENT", 32, ""),
    "deal": ("TYPE_ACTIVITY_OPPORTUNITY", 26, ""),
}
_CHANNELS = ("Call", "SMS", "Email", "WhatsApp", "Instagram", "Facebook")
_QUERY = {"locationId", "limit", "cursor", "sortBy", "sortOrder", "conversationId", "contactId", "channel"}
_QUERY |= {"startDate", "endDate"}


def export_messages(call: Call) -> Answer:
    """GET /conversations/messages/export: everything but emails, or one channel; the latest first by default."""
    query = call.request.query
    _check(query)
    limit, by_change = call.number("limit", 100, least=1, most=_MOST), query.get("sortBy") == "updatedAt"
    newest_first = query.get("sortOrder") != "asc"
    rows, total = _found(call.store, query, _place(query.get("cursor")), limit, by_change, newest_first)
    shown = [show(contact, message, call.store.id) for contact, message in rows[:limit]]
    answer: Json = {"messages": shown, "total": total}
    if len(rows) > limit:
        contact, last = rows[limit - 1]
        answer["nextCursor"] = _cursor((last.updated if by_change else last.added, contact.number, last.id))
    return Answer(answer)


def get_message(call: Call) -> Answer:
    found = call.store.message(call.params["message_id"])
    if found is None or found[1].deleted or found[0].deleted:
        raise missing("Message", call.params["message_id"])
    return Answer(show(*found, call.store.id))


def get_email(call: Call) -> Answer:
    found = call.store.email(call.params["email_id"])
    if found is None or found[1].deleted or found[0].deleted:
        raise missing("Email", call.params["email_id"])
    return Answer(_whole(*found, call.store))


def show(contact: Contact, message: Message, location_id: str) -> Json:
    """Of an email its subject and the ids of its parts; the body is asked for by one of these."""
    word, number, _ = TYPES[message.channel]
    shown: Json = {
        "id": message.id,
        "type": number,
        "messageType": word,
        "locationId": location_id,
        "contactId": contact.id,
        "conversationId": message.conversation_id,
        "dateAdded": iso(message.added),
        "body": message.body if message.channel != "email" else None,
        "direction": "inbound" if message.inbound else "outbound",
        "status": message.status,
        "contentType": "text/html" if message.channel == "email" else "text/plain",
        "attachments": list(message.attachments),
        "meta": _meta(message),
        "source": None if message.inbound else message.source,
        "userId": None if message.inbound else message.user_id,
    }
    return {key: value for key, value in shown.items() if value is not None} | (message.overrides or {})


def _meta(message: Message) -> Json | None:
    if message.channel == "email":
        return {"email": {"messageIds": [message.email_id], "subject": message.subject}}
    if message.channel != "call":
        return None
    # The duration travels as text.
    return {"callDuration": str(message.seconds), "callStatus": message.outcome}


def _whole(contact: Contact, message: Message, store: LocationStore) -> Json:
    own = f"{store.sub.place.name.lower().replace(' ', '.')}@cedarline.example"
    theirs = contact.email or "unknown@post.example"
    return {
        "id": message.email_id,
        "threadId": message.id,
        "locationId": store.id,
        "contactId": contact.id,
        "conversationId": message.conversation_id,
        "dateAdded": iso(message.added),
        "subject": message.subject or "",
        "body": message.body,
        "direction": "inbound" if message.inbound else "outbound",
        "status": message.status,
        "contentType": "text/html",
        "attachments": list(message.attachments),
        "provider": "Leadconnector Gmail",
        "from": theirs if message.inbound else own,
        "to": [own if message.inbound else theirs],
        "cc": [],
        "bcc": [],
    }


def _check(query: Json) -> None:
    unknown = sorted(query.keys() - _QUERY)
    if unknown:
        raise unprocessable(*(f"property {key} should not exist" for key in unknown))
    allowed = {"sortBy": ("createdAt", "updatedAt"), "sortOrder": ("asc", "desc"), "channel": _CHANNELS}
    for key, values in allowed.items():
        if query.get(key) and query[key] not in values:
            raise unprocessable(f"{key} must be one of the following values: {', '.join(values)}")


def _found(
    store: LocationStore, query: Json, place: Place | None, limit: int, by_change: bool, newest_first: bool
) -> tuple[list[tuple[Contact, Message]], int]:
    """The rows of a page and one more, so that its end shows; and how many there are in all."""
    channel = query.get("channel")
    if not query.get("contactId") and not query.get("conversationId") and channel in (None, "", "Email"):
        index = store.spoken(is_email=channel == "Email", by_change=by_change)
        places = index.behind(place, limit + 1, newest_first=newest_first)
        return [store.message_at(number, record_id) for _, number, record_id in places], len(index)
    rows = [row for row in _of(store, query) if _fits(row[1], channel)]
    keyed = [((row[1].updated if by_change else row[1].added, row[0].number, row[1].id), row) for row in rows]
    keyed.sort(key=lambda one: one[0], reverse=newest_first)
    behind = [row for key, row in keyed if place is None or (key < place if newest_first else key > place)]
    return behind[: limit + 1], len(rows)


def _of(store: LocationStore, query: Json) -> list[tuple[Contact, Message]]:
    contact = store.by_id.get(query.get("contactId", "")) or store.contact_of_conversation(
        query.get("conversationId", "")
    )
    if contact is not None:
        said = [] if contact.deleted else store.messages_of(contact)
        return [(contact, message) for message in said if not message.deleted]
    if query.get("contactId") or query.get("conversationId"):
        return []
    return [row for one in store.contacts for row in _of(store, {"contactId": one.id})]


def _fits(message: Message, channel: str | None) -> bool:
    named = TYPES[message.channel][2]
    return named == channel if channel else named != "Email"


def _cursor(place: Place) -> str:
    return urlsafe_b64encode(dumps(place).encode()).decode()


def _place(cursor: str | None) -> Place | None:
    if not cursor:
        return None
    try:
        at, number, record_id = loads(urlsafe_b64decode(cursor))
        return int(at), int(number), str(record_id)
    except (ValueError, TypeError, Base64Error):
        raise bad_request("Invalid cursor") from None
