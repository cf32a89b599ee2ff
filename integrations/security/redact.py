"""Scrubs tokens, email addresses and phone numbers from text that is logged or stored."""

import re

# Ordered: the most specific secret first, so that a broader row never leaves half of it standing.
RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), "[token]"),
    (re.compile(r"pit-[\w-]{6,}"), "[token]"),
    (re.compile(r"(/password/reset/key/)[^\s\"'/]+"), r"\1[secret]"),
    (re.compile(r"(?i)(bearer\s+)[\w.~+/=-]{6,}"), r"\1[token]"),
    (
        re.compile(
            r"""(?ix)(["']?\b(?:access_?token|refresh_?token|client_?secret|api_?key|password|code|state)
            ["']?\s*[=:]\s*["']?)[^\s"'&,;}]{4,}"""
        ),
        r"\1[secret]",
    ),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[email]"),
    # Ten to fifteen digits written with at least one separator or a plus sign: bare numbers are ids and counts.
    (
        re.compile(
            r"(?<![\w-])(?:\+\d[\d ().-]{8,17}\d|\(\d{3}\) ?\d{3}[ -.]\d{4}|\d{3}[ -.]\d{3}[ -.]\d{4})(?![\w-])"
        ),
        "[phone]",
    ),
)


def redact(text: str) -> str:
    """Return the text with every recognised secret or personal detail replaced by a word in brackets."""
    for pattern, replacement in RULES:
        text = pattern.sub(replacement, text)
    return text
