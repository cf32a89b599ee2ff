"""Make the vendor's words safe to keep: no token, no email address, no phone number, one short line."""

import re

LONGEST = 300

# Order matters: a token may contain what looks like a phone number, so tokens go first.
_TOKENS = re.compile(r"(?i)\b(?:bearer\s+\S+|pit-[\w-]{4,}|eyJ[\w-]{6,}(?:\.[\w-]+)*)")
_EMAILS = re.compile(r"[^\s@<>\"'=:,;()]+@[^\s@<>\"',;()]+")
_DIGITS = re.compile(r"(?<!\w)\+?\(?\d[\d\s().\-]{5,}\d(?!\w)")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\b")
_TRACE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def scrub(text: str) -> str:
    """One line of at most 300 characters without anything that identifies a person or opens a door.

    Limit: a name written out in a message ("Ann already exists") is not recognised.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * LONGEST]).split())
    line = _TOKENS.sub("[token]", line)
    line = _EMAILS.sub("[email]", line)
    line = _DIGITS.sub(_hide_phone, line)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def trace_id(value: object) -> str | None:
    """The vendor's trace id when it looks like one; anything else could smuggle text into a log."""
    return value if isinstance(value, str) and _TRACE_ID.fullmatch(value) else None


def _hide_phone(found: re.Match[str]) -> str:
    # "2021-07-28" has as many digits as a phone number and says which API version was refused.
    return found[0] if _ISO_DATE.match(found[0]) else "[phone]"
