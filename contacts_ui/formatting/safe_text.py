"""Marks search hits in foreign text, which is escaped or was made safe before."""

import html
import re

from django.utils.safestring import SafeString, mark_safe

_TAG_OR_ENTITY = re.compile(r"(<[^<>]*>|&[#\w]+;)")


def marked_html(clean: str, query: str = "") -> SafeString:
    """HTML that was made safe when it was stored, with hits of `query` marked."""
    return mark_safe(_mark_html(clean, query))  # noqa: S308  only `markup.safe_html` and `escaped` write such text


def highlight(text: str, query: str) -> SafeString:
    """Plain text, escaped, with every word of the query inside <mark>."""
    pattern = _hits(query)
    if pattern is None:
        return mark_safe(html.escape(text))  # noqa: S308  escaped here
    parts = pattern.split(text)
    return mark_safe("".join(_marked(part) if odd % 2 else html.escape(part) for odd, part in enumerate(parts)))  # noqa: S308


def _hits(query: str) -> re.Pattern[str] | None:
    words = sorted(set(query.split()[:8]), key=len, reverse=True)
    return re.compile("(" + "|".join(map(re.escape, words)) + ")", re.IGNORECASE) if words else None


def _marked(hit: str) -> str:
    return f"<mark>{html.escape(hit)}</mark>"


def _mark_html(clean: str, query: str) -> str:
    pattern = _hits(query)
    if pattern is None:
        return clean
    # Only text between tags and entities is searched: a search for "amp" must not tear &amp; apart.
    parts = _TAG_OR_ENTITY.split(clean)
    return "".join(part if odd % 2 else pattern.sub(r"<mark>\1</mark>", part) for odd, part in enumerate(parts))
