"""A message as pages show it: who said it to whom and how, how it ended, what came with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from contacts_ui.formatting.durations import spelled
from integrations.activity.entry_queries import Entry
from integrations.activity.kinds import message

CHANNELS = {
    "sms": "SMS",
    "whatsapp": "WhatsApp",
    "chat": "chat",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "tiktok": "TikTok",
    "google": "Google",
    "rcs": "RCS",
    message.EMAIL: "email",
}
ICONS = {message.EMAIL: "mail", message.COMMENT: "message-square-lock", message.VOICEMAIL: "voicemail"}
# What a call that nobody took ended with.
ENDED = {"no-answer": "no answer", "busy": "busy", "failed": "failed", "canceled": "cancelled"}
NOT_SENT = ("failed", "undelivered")
AUTOMATIC = ("workflow", "campaign", "bulk_actions")
MOST_ATTACHMENTS = 20


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file behind a web address."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Said:
    """`way` is "in", "out" or, among colleagues, ""; texts of one conversation share a `thread`."""

    channel: str
    way: str
    icon: str
    is_missed: bool
    is_unsent: bool
    is_automatic: bool
    is_scheduled: bool
    length: str
    ended: str
    attachments: tuple[Attachment, ...]
    reply_url: str
    thread: tuple[str, str] | None

    @property
    def is_call(self) -> bool:
        return self.channel in message.SPOKEN

    @property
    def is_email(self) -> bool:
        return self.channel == message.EMAIL

    @property
    def by(self) -> str:
        """How it was said, in words: "SMS"."""
        return CHANNELS.get(self.channel, self.channel.replace("_", " "))


def thread_of(entry: Entry) -> tuple[str, str] | None:
    """What texts of one conversation share: its id and the channel. None for whatever stands by itself."""
    if entry.kind != message.KIND.name or not (conversation := entry.facts.get("conversation", "")):
        return None
    channel = entry.facts.get("channel", "")
    is_text = channel not in (*message.SPOKEN, message.EMAIL, message.COMMENT)
    return (conversation, channel) if is_text else None


def said_of(entry: Entry, conversation_url: str) -> Said:
    """What an entry tells; `conversation_url` has a place for the conversation's id, or is ""."""
    facts = entry.facts
    channel, conversation = facts.get("channel", ""), facts.get("conversation", "")
    way = "" if entry.type == message.INTERNAL else "in" if facts.get("inbound") else "out"
    ended = ENDED.get(facts.get("status", "").lower(), "") if channel == message.CALL else ""
    seconds = facts.get("seconds", 0)
    return Said(
        channel=channel,
        way=way,
        icon=_icon(channel, way, entry.type),
        is_missed=entry.type == message.MISSED,
        is_unsent=way == "out" and channel not in message.SPOKEN and facts.get("status", "").lower() in NOT_SENT,
        is_scheduled=way == "out" and facts.get("status", "").lower() == message.SCHEDULED,
        is_automatic=way == "out" and facts.get("source") in AUTOMATIC,
        length=spelled(seconds) if seconds and not ended and channel in message.SPOKEN else "",
        ended=ended,
        attachments=tuple(attachments(facts.get("attachments", ()), is_spoken=channel in message.SPOKEN)),
        reply_url=_address(conversation_url, conversation) if conversation else "",
        thread=thread_of(entry),
    )


@lru_cache(maxsize=256)
def _address(conversation_url: str, conversation: str) -> str:
    return conversation_url.replace("{conversation}", quote(conversation, safe=""))


def _icon(channel: str, way: str, entry_type: str) -> str:
    if channel == message.CALL:
        return (
            "phone-missed"
            if entry_type == message.MISSED
            else "phone-incoming"
            if way == "in"
            else "phone-outgoing"
        )
    return ICONS.get(channel, "message-square")


def attachments(urls: Sequence[str], *, is_spoken: bool = False) -> list[Attachment]:
    """Only web addresses; a recording by what it is, anything else by the name of its file."""
    found = []
    for url in urls[:MOST_ATTACHMENTS]:
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and parts.netloc:
            name = "Recording" if is_spoken else unquote(PurePosixPath(parts.path).name)[:80] or parts.netloc
            found.append(Attachment(name, url))
    return found
