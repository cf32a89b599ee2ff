"""Reads messages: all of a sub-account, the latest of a contact, or one of them; emails are asked for apart."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any, Literal
from zoneinfo import ZoneInfo

from integrations.activity.kinds.kind import iso
from integrations.activity.kinds.message import CALL, COMMENT, EMAIL, VOICEMAIL, Email, MessageRecord
from integrations.connections.ports import Absent, Json, Page
from integrations.ghl.client.api import Client
from integrations.ghl.client.errors import MalformedAnswer, NotFound
from integrations.ghl.client.paging import total_of
from integrations.ghl.fields import Fields
from integrations.ghl.mapping import read_rows, shared
from integrations.ghl.values import Payload, storable

PAGE = 100
EMAILS = "Email"
# What a type says when it contains this; the first that fits. Any other type is a channel by its own name.
CHANNELS = {
    "VOICEMAIL": VOICEMAIL,  # first: the word contains the next one
    "EMAIL": EMAIL,
    "CALL": CALL,
    "COMMENT": COMMENT,
    "WHATSAPP": "whatsapp",
    "FACEBOOK": "facebook",
    "INSTAGRAM": "instagram",
    "TIKTOK": "tiktok",
    "GMB": "google",
    "CHAT": "chat",
    "RCS": "rcs",
    "SMS": "sms",
}
# Public comments are said by and to the contact; only internal ones are among colleagues.
PUBLIC_COMMENTS = ("FACEBOOK", "INSTAGRAM", "TIKTOK")
# Where a row has no word for its type, its number.
NUMBERED = {1: "TYPE_CALL", 2: "TYPE_SMS", 3: "TYPE_EMAIL"}
LONGEST_EMAIL = 500_000  # characters; pictures inside one may be megabytes
LONGEST_CALL = 10**7  # seconds, so that no odd value exceeds its column


class Messages:
    """The messages of one sub-account; safe to use from any thread. Raises the client's errors."""

    def __init__(self, client: Client, location_id: str, zone: ZoneInfo) -> None:
        self._client, self._location_id, self._zone = client, location_id, zone

    def page(self, cursor: Json, changed_since: datetime | None) -> Page:
        """First all that are no emails, then the emails, the latest first.

        A listing by change has the latest change first; its rows do not tell when that was, so it goes on until a
        page shows nothing new and reaches back behind `changed_since`.
        """
        channel, after = cursor.get("channel", ""), cursor.get("after")
        sort: Literal["createdAt", "updatedAt"] = "updatedAt" if changed_since else "createdAt"
        answer: Any = self._client.conversations.export(
            self._location_id, PAGE, cursor=after, channel=channel or None, sort_by=sort
        )
        rows, following = answer["messages"], answer.get("nextCursor")
        if following and following in (after, cursor.get("mark")):
            raise MalformedAnswer("a cursor came again, so the listing would never end")
        read, total = int(cursor.get("read", 0)) + len(rows), total_of(answer)
        e_mails = None if channel else {"channel": EMAILS, "before": int(cursor.get("before", 0)) + read}
        goes_on = following and rows
        page = self._read(rows)
        return replace(
            page,
            cursor=_onward(cursor, following, read) if goes_on else e_mails,
            total=None if total is None else int(cursor.get("before", 0)) + total,
            doubt=f"GoHighLevel counts {total:,} messages and showed {read:,}."
            if not goes_on and not changed_since and total is not None and read < total
            else "",
            may_end=changed_since is not None and _reaches(page.records, changed_since),
            cursor_if_same=e_mails,
        )

    def of_contact(self, contact_id: str) -> Page:
        """The latest of a contact, not all of them."""
        return self._read([*self._latest(contact_id, None), *self._latest(contact_id, EMAILS)])

    def one(self, message_id: str, contact_id: str) -> MessageRecord:
        """By its own id, or what a webhook names instead: an email's or a conversation's. Raises Absent.

        No listing is asked for its own id: one that lags may still show what a direct question says is gone.
        """
        try:
            return message(self._client.conversations.message(message_id), self._zone)
        except NotFound:
            if not contact_id or contact_id == message_id:
                raise
        latest = chain(self._latest(contact_id, EMAILS), self._latest(contact_id, None))
        for row in latest:
            if isinstance(row, dict) and message_id in (
                row.get("conversationId"),
                *_email_ids(row),
            ):
                return message(row, self._zone)
        raise Absent("The latest messages of this contact do not show it.")

    def email(self, email_id: str) -> Email:
        """The whole of one, by its own id."""
        row: Any = self._client.conversations.email(email_id)
        fields = Fields(row, self._zone)
        return Email(
            subject=fields.text("subject"),
            body=fields.text("body")[:LONGEST_EMAIL],
            sender=fields.text("from"),
            to=_addresses(fields, "to"),
            cc=_addresses(fields, "cc"),
            attachments=_addresses(fields, "attachments"),
            is_inbound=fields.text("direction") == "inbound",
            sent_at=iso(fields.moment("dateAdded")),
        )

    def _latest(self, contact_id: str, channel: str | None) -> list[Any]:
        answer: Any = self._client.conversations.export(
            self._location_id, PAGE, channel=channel, contact_id=contact_id, sort_by="updatedAt"
        )
        return list(answer["messages"])

    def _read(self, rows: Iterable[Any]) -> Page:
        told = (row for row in rows if not _is_told_elsewhere(row, self._zone))
        return Page(*read_rows(told, message, self._zone))


def _onward(cursor: Json, following: str, read: int) -> Json:
    """The next place. At the first, second, fourth page and so on it is marked: no circle is too large to see."""
    pages = int(cursor.get("pages", 0)) + 1
    mark = following if pages & (pages - 1) == 0 else cursor.get("mark")
    return {**cursor, "after": following, "read": read, "pages": pages, "mark": mark}


def message(row: Payload, zone: ZoneInfo) -> MessageRecord:
    """A row of the export or a single message."""
    fields = Fields(row, zone)
    meta = fields.inner("meta")
    channel, status = channel_of(fields), fields.text("status")
    if channel in (CALL, VOICEMAIL):
        status = meta.text("callStatus") or status
    seconds, sent_at = meta.amount("callDuration"), fields.moment("dateAdded")
    subject = fields.text("subject") or meta.inner("email").text("subject")
    if meta.odd:
        fields.odd.add("meta")
    return MessageRecord(
        contact_remote_id=fields.reference("contactId"),
        conversation_remote_id=fields.reference("conversationId"),
        channel=VOICEMAIL if channel == CALL and status == VOICEMAIL else channel,
        is_inbound=fields.text("direction") == "inbound",
        status=status,
        subject=subject,
        body=fields.text("body"),
        attachments=_addresses(fields, "attachments"),
        seconds=int(seconds) if seconds is not None and 0 <= seconds < LONGEST_CALL else None,
        email_ids=_email_ids(row),
        author_remote_id=fields.reference("userId"),
        source=fields.text("source"),
        sent_at=sent_at,
        updated_at=fields.moment("dateUpdated") or sent_at,
        **shared(fields, MessageRecord),
    )


def channel_of(fields: Fields) -> str:
    """How it was said, in our word where we have one."""
    name = _type(fields)
    fits = (word for part, word in CHANNELS.items() if part in name)
    found = next(fits, name.removeprefix("TYPE_").lower())
    if found != COMMENT:
        return found
    return next((part.lower() for part in PUBLIC_COMMENTS if part in name), COMMENT)


def _type(fields: Fields) -> str:
    return fields.text("messageType").upper() or NUMBERED.get(fields.place("type"), "")


def _is_told_elsewhere(row: Any, zone: ZoneInfo) -> bool:
    """What GHL notes beside messages of its own accord: a booking, a deal, that a chat has ended."""
    name = _type(Fields(row, zone)) if isinstance(row, dict) else ""
    return name.startswith("TYPE_ACTIVITY") or name == "TYPE_LIVE_CHAT_INFO_MESSAGE"


def _reaches(records: Iterable[Any], since: datetime) -> bool:
    return any(record.updated_at and record.updated_at < since for record in records)


def _email_ids(row: Payload) -> tuple[str, ...]:
    ids = _inner(_inner(row, "meta"), "email").get("messageIds")
    return tuple(storable(str(one)) for one in ids if one) if isinstance(ids, list) else ()


def _addresses(fields: Fields, key: str) -> tuple[str, ...]:
    """Attachments come as addresses, or as objects that have one; people as a list or as one text."""
    value = fields.row.get(key)
    rows = value if isinstance(value, list) else [value] if value else []
    found = [row.get("url") if isinstance(row, dict) else row for row in rows if row not in (None, "")]
    kept = tuple(storable(one) for one in found if isinstance(one, str) and one)
    if len(kept) < len(found):
        fields.odd.add(key)
    return kept


def _inner(row: Payload, key: str) -> Payload:
    value = row.get(key)
    return value if isinstance(value, dict) else {}
