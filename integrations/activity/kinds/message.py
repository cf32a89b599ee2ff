"""Messages: what was said to a contact and by them, by text, chat, email or telephone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.activity import markup
from integrations.activity.kinds.kind import Columns, Kind, Shown, iso, never, same_names
from integrations.activity.models import Message
from integrations.activity.records import Record

INBOUND, OUTBOUND, MISSED, INTERNAL = "message.inbound", "message.outbound", "message.missed", "message.internal"
CALL, VOICEMAIL, EMAIL, COMMENT = "call", "voicemail", "email", "comment"
SPOKEN = (CALL, VOICEMAIL)
# What a message is called that goes out later.
SCHEDULED = "scheduled"
# What a call ends with that nobody took.
NOT_TAKEN = ("no-answer", "busy", "failed", "canceled", "cancelled", "missed")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord(Record):
    contact_remote_id: str = ""
    conversation_remote_id: str = ""
    channel: str = ""  # one of those above, or the provider's word: sms, whatsapp, facebook
    is_inbound: bool = False
    status: str = ""
    subject: str = ""
    body: str = ""  # of an email its beginning, if the provider tells it: the rest is read when somebody opens it
    attachments: tuple[str, ...] = ()
    seconds: int | None = None
    email_ids: tuple[str, ...] = ()
    author_remote_id: str = ""
    source: str = ""
    sent_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """The whole of one email, in plain values; `body` is HTML as it was sent, `sent_at` ISO 8601 in UTC."""

    subject: str = ""
    body: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    is_inbound: bool = False
    sent_at: str | None = None


def _columns(record: MessageRecord) -> Columns:
    lists = {"attachments": list(record.attachments), "email_ids": list(record.email_ids)}
    return same_names(record) | lists


def _shown(message: Any) -> Shown:
    words = markup.plain_text(message.body)
    facts = {
        "channel": message.channel,
        "inbound": message.is_inbound,
        "status": message.status,
        "seconds": message.seconds,
        "attachments": message.attachments,
        "conversation": message.conversation_remote_id,
        "source": message.source,
        "hidden_lines": markup.hidden_lines(message.body) if message.channel != EMAIL else 0,
        "holds": markup.holds(message.body, words) if _is_written(message) else "",
    }
    return Shown(
        type=_type(message),
        occurred_at=message.sent_at or message.fetched_at,
        may_lie_ahead=not message.is_inbound and message.status.lower() == SCHEDULED,
        actor_remote_id="" if message.is_inbound else message.author_remote_id,
        title=message.subject,
        body=_body(message),
        text=f"{message.subject} {words}".lower(),
        facts={name: value for name, value in facts.items() if value},
        changed_at=message.updated_at,
    )


def _is_written(message: Any) -> bool:
    """Whether its row has nothing but its words: no length, no files and no way to open it."""
    return message.channel not in (EMAIL, *SPOKEN) and not message.subject and not message.attachments


def _type(message: Any) -> str:
    if message.channel == COMMENT:
        return INTERNAL
    if not message.is_inbound:
        return OUTBOUND
    return MISSED if message.channel == CALL and message.status.lower() in NOT_TAKEN else INBOUND


def _body(message: Any) -> str:
    """Of an email one line of its words; anything else as it was written."""
    if message.channel == EMAIL:
        return markup.escaped(markup.excerpt(markup.plain_text(markup.opening(message.body))))
    return markup.safe_html(markup.opening(message.body))


def _exported(message: Any) -> Columns:
    return {
        "channel": message.channel,
        "inbound": message.is_inbound,
        "status": message.status,
        "subject": message.subject,
        "body": message.body,
        "attachments": message.attachments,
        "seconds": message.seconds,
        "user_id": message.author_remote_id,
        "conversation_id": message.conversation_remote_id,
        "sent_at": iso(message.sent_at),
    }


KIND = Kind(
    name="message",
    plural="messages",
    label="Messages",
    one="Message",
    icon="message-square",
    record=MessageRecord,
    model=Message,
    columns=_columns,
    has_contact=True,
    keeps=("updated_at",),
    compares=("contact_remote_id",),
    is_told=never,  # that one was delivered or read is announced by nobody
    shown=_shown,
    exported=_exported,
)
