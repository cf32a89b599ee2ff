"""Makes foreign text safe and readable: sanitised note bodies, search hits marked, long notes measured."""

import html
import re
from math import ceil

import nh3
from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe

TAGS = {
    "a", "b", "blockquote", "br", "code", "div", "em", "i", "li", "ol", "p", "pre", "s", "span", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
SCHEMES = {"http", "https", "mailto", "tel"}
# A note is folded when it takes more than this many lines of the reading measure.
FOLD_AFTER, FOLDED_LINES, LINE = 6, 3, 84

_MARKUP = re.compile(r"</?[a-zA-Z][^>]*>")
_HEADING = re.compile(r"(</?)h[1-6]\b[^>]*>", re.IGNORECASE)
_TAG_OR_ENTITY = re.compile(r"(<[^>]*>|&[#\w]+;)")
_BREAKS = re.compile(r"<br\s*/?>|</(?:p|div|li|tr|pre|blockquote)>|\n", re.IGNORECASE)


def note_html(body: str, query: str = "") -> SafeString:
    """A note's body as safe HTML, hits of `query` marked. Plain text keeps its line breaks and gets links.

    Scripts, styles, images, forms and event handlers do not survive; links open apart and say nothing of us.
    """
    if _MARKUP.search(body):
        # Headings of a note would lie inside the page's own outline.
        clean = nh3.clean(
            _HEADING.sub(r"\1p>", body),
            tags=TAGS,
            attributes={"a": {"href"}},
            url_schemes=SCHEMES,
            link_rel="noopener noreferrer nofollow",
            set_tag_attribute_values={"a": {"target": "_blank"}},
        )
    else:
        clean = urlize(html.unescape(body), nofollow=True, autoescape=True).replace("\n", "<br>")
    return mark_safe(_mark_html(clean, query))  # noqa: S308  cleaned by nh3 or escaped by urlize just above


def highlight(text: str, query: str) -> SafeString:
    """Plain text, escaped, with every word of the query inside <mark>."""
    pattern = _hits(query)
    if pattern is None:
        return mark_safe(html.escape(text))  # noqa: S308  escaped here
    parts = pattern.split(text)
    return mark_safe("".join(_marked(part) if odd % 2 else html.escape(part) for odd, part in enumerate(parts)))  # noqa: S308


def hidden_lines(body: str) -> int:
    """How many lines to fold away: 0 for a short note. An estimate by letters; the true wrap is the browser's."""
    blocks = [_MARKUP.sub("", block).strip() for block in _BREAKS.split(body)]
    lines = sum(ceil(len(block) / LINE) for block in blocks if block)
    return lines - FOLDED_LINES if lines > FOLD_AFTER else 0


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
