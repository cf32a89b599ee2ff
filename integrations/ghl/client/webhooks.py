"""Webhooks as GHL sends them: whether it signed these bytes, and what an event says. No I/O, no framework."""

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

CURRENT, LEGACY = "X-GHL-Signature", "X-WH-Signature"
NOT_SIGNED = ("", "N/A")  # the literal N/A occurs and means what it says
LONGEST_ID, LONGEST_TYPE, LONGEST_TITLE = 128, 64, 500

# A message calls its id by another name, an email by a third, and some name only their conversation.
IDS = ("id", "messageId", "emailMessageId", "conversationId")

type Json = Mapping[str, Any]


class Verdict(StrEnum):
    """What the signature headers are worth; only the first two are GHL."""

    ED25519 = "ed25519"
    RSA = "rsa"
    WRONG = "wrong"
    UNSIGNED = "unsigned"
    LEGACY = "legacy"  # signed the old way only, and no key for that is configured

    @property
    def is_genuine(self) -> bool:
        return self in (Verdict.ED25519, Verdict.RSA)


@dataclass(frozen=True, slots=True)
class Keys:
    """Every key that is accepted; several while GHL changes from one to the next."""

    ed25519: tuple[Ed25519PublicKey, ...] = ()
    rsa: tuple[RSAPublicKey, ...] = ()


class Unreadable(ValueError):
    """A body that is no event. `str()` says why."""


@dataclass(frozen=True, slots=True)
class Event:
    """What an event says about itself and what happened to what; "" where it does not say."""

    type: str
    webhook_id: str = ""
    app_id: str = ""
    location_id: str = ""
    company_id: str = ""
    object_id: str = ""
    contact_id: str = ""
    title: str = ""
    sent_at: datetime | None = None


def ed25519_keys(texts: Sequence[str]) -> tuple[Ed25519PublicKey, ...]:
    """Keys from base64 DER (SPKI) or PEM. Raises ValueError for anything else."""
    keys = tuple(map(_key, texts))
    if not all(isinstance(key, Ed25519PublicKey) for key in keys):
        raise ValueError("a key is not an Ed25519 public key")
    return keys


def rsa_keys(texts: Sequence[str]) -> tuple[RSAPublicKey, ...]:
    """The same for the legacy signature."""
    keys = tuple(map(_key, texts))
    if not all(isinstance(key, RSAPublicKey) for key in keys):
        raise ValueError("a key is not an RSA public key")
    return keys


def _key(text: str) -> Any:
    if text.startswith("-----"):
        # In a .env file a value is one line, so its line ends come spelled out.
        return load_pem_public_key(text.replace("\\n", "\n").encode())
    return load_der_public_key(b64decode(text, validate=True))


def verdict(headers: Mapping[str, str], body: bytes, keys: Keys) -> Verdict:
    """Judge the raw bytes. The current signature, where there is one, decides alone: a failure is final."""
    current, legacy = (headers.get(name, "").strip() for name in (CURRENT, LEGACY))
    if current not in NOT_SIGNED:
        return Verdict.ED25519 if any(_signed(key, current, body) for key in keys.ed25519) else Verdict.WRONG
    if legacy in NOT_SIGNED:
        return Verdict.UNSIGNED
    if not keys.rsa:
        return Verdict.LEGACY
    return Verdict.RSA if any(_signed(key, legacy, body) for key in keys.rsa) else Verdict.WRONG


def _signed(key: Ed25519PublicKey | RSAPublicKey, signature: str, body: bytes) -> bool:
    try:
        raw = b64decode(signature, validate=True)
        if isinstance(key, RSAPublicKey):
            key.verify(raw, body, PKCS1v15(), SHA256())
        else:
            key.verify(raw, body)
    except (InvalidSignature, ValueError):
        return False
    return True


def parse(body: bytes) -> Event:
    """Read an event, flat as it is sent or with the `data` wrapper of the guide. Raises Unreadable."""
    try:
        outer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The body is not JSON.") from error
    if not isinstance(outer, dict):
        raise Unreadable("The body is not a JSON object.")
    data = outer.get("data")
    record = data if isinstance(data, dict) else outer
    # Appointments are the one family whose record lies in a key of its own.
    inner = record.get("appointment")
    inner = inner if isinstance(inner, dict) else record
    envelope = {**record, **outer}  # a contact has a `type` of its own, which is not the event's
    if not _text(envelope, "type"):
        raise Unreadable("The event has no type.")
    return Event(
        type=_text(envelope, "type")[:LONGEST_TYPE],
        webhook_id=_id(envelope, "webhookId"),
        app_id=_id(envelope, "appId"),
        location_id=_id(envelope, "locationId"),
        company_id=_id(envelope, "companyId"),
        object_id=next(filter(None, (_id(inner, key) for key in IDS)), ""),
        contact_id=_id(inner, "contactId") or _id(record, "contactId"),
        title=_text(inner, "title")[:LONGEST_TITLE],
        sent_at=_moment(envelope.get("timestamp")),
    )


def _text(row: Json, key: str) -> str:
    """A text without what no database keeps: NUL and halves of surrogate pairs."""
    value = row.get(key)
    return value.replace("\x00", "").encode("utf-8", "ignore").decode().strip() if isinstance(value, str) else ""


def _id(row: Json, key: str) -> str:
    found = _text(row, key)
    if len(found) > LONGEST_ID:
        raise Unreadable(f"The event's {key} is longer than {LONGEST_ID} characters, which is not an id.")
    return found


def _moment(value: Any) -> datetime | None:
    """A time in UTC; None for what is none: a time that cannot be read is no reason to lose an event."""
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000, UTC)
        found = datetime.fromisoformat(str(value))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
