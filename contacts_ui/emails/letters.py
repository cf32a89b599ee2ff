"""Emails as they are shown: made safe, with what they would fetch from elsewhere only counted. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from contacts_ui.components.said import Attachment, attachments
from integrations.activity import markup


@dataclass(frozen=True, slots=True)
class Letter:
    """One email. `body` is safe HTML without pictures, `pictures` how many it would fetch from elsewhere."""

    subject: str
    sender: str
    to: str
    cc: str
    sent_at: datetime | None
    body: SafeString
    pictures: int
    attachments: tuple[Attachment, ...]


def letters(emails: Sequence[Mapping[str, Any]], *, with_pictures: bool = False) -> list[Letter]:
    """In the order given."""
    return [_letter(email, with_pictures) for email in emails]


def _letter(email: Mapping[str, Any], with_pictures: bool) -> Letter:
    body, sent_at = email["body"], email["sent_at"]
    return Letter(
        subject=email["subject"],
        sender=email["sender"],
        to=", ".join(email["to"]),
        cc=", ".join(email["cc"]),
        sent_at=datetime.fromisoformat(sent_at) if sent_at else None,
        body=mark_safe(markup.email_html(body, with_images=with_pictures)),  # noqa: S308  made safe there
        pictures=markup.remote_images(body),
        attachments=tuple(attachments(email["attachments"])),
    )
