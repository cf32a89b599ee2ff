"""Foreign text: made safe to show, marked with hits of a search, stripped of its markup, measured. Pure."""

import html
import re
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from math import ceil
from typing import Any
from unicodedata import combining, normalize

import nh3
from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from integrations.activity.folding import folded, seen, spread

TAGS = {
    "a", "b", "blockquote", "br", "code", "div", "em", "i", "li", "ol", "p", "pre", "s", "span", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
SCHEMES = {"http", "https", "mailto", "tel"}
# Made once: a sanitiser takes twice as long to be set up as to look through a note.
_WRITTEN = nh3.Cleaner(tags=TAGS, attributes={"a": {"href"}}, url_schemes=SCHEMES, link_rel=None)
_LINKS: dict[str, Any] = {
    "url_schemes": SCHEMES,
    "link_rel": "noopener noreferrer nofollow",
    "set_tag_attribute_values": {"a": {"target": "_blank"}},
}
_SHOWN = nh3.Cleaner(tags=TAGS, attributes={"a": {"href"}}, **_LINKS)
_NO_TAGS = nh3.Cleaner(tags=set())
_WITH_IMAGES = nh3.Cleaner(
    tags=TAGS | {"img"}, attributes={"a": {"href"}, "img": {"src", "alt", "width", "height"}}, **_LINKS
)
# A note is folded when it takes more than this many lines of the reading measure.
FOLD_AFTER, FOLDED_LINES, LINE = 6, 3, 84

# A note beyond this is shown in part, the rest on request: fifty of them may stand on one page.
LONGEST = 50_000
# The sanitiser's time grows with the square of the depth of tags; beyond this many the words alone must do.
MOST_TAGS = 5_000
EXCERPT = 500

# A "<" inside ends each try: otherwise a text of a million of them is searched to its end from each one.
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_TAG_OR_ENTITY = re.compile(r"(<[^<>]*>|&[#\w]+;)")
_ANY_TAG = re.compile(r"<[^<>]*>")
# What Django makes a link of holds one of these; it looks for a sign first, which is quick.
_MAY_LINK = re.compile(
    r"[.@:](?:(?<=@)|(?<=:)//|(?<=www\.)|(?<=\.)(?:com|edu|gov|int|mil|net|org))", re.IGNORECASE
)
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_PICTURE = re.compile(r"<(?:img|picture|svg)\b", re.IGNORECASE)
_HEADING = re.compile(r"(</?)h[1-6]\b[^<>]*>", re.IGNORECASE)
_REMOTE_IMAGE = re.compile(r"<img\b[^<>]*?\bsrc\s*=\s*[\"']?\s*(?:https?:)?//", re.IGNORECASE)
# Names of elements alone: in "Rosa <rosa@example.com>" the address is part of the words.
_ELEMENT = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|br|center|code|div|em|font|h[1-6]|hr|i|img|li|ol|p|pre|s|small|span|strike|strong"
    r"|style|sub|sup|table|tbody|td|tfoot|th|thead|tr|u|ul)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
_BLOCKS = re.compile(
    r"(?:</?(?:blockquote|center|div|h[1-6]|hr|li|ol|p|pre|table|tr|ul)(?=[\s/>])[^<>]*>\s*)+|<br\s*/?>[ \t]*\n?",
    re.IGNORECASE,
)
_BLANK_LINES = re.compile(r"\n{3,}")
_BREAKS = re.compile(r"<br\s*/?>|</(?:p|div|li|tr|pre|blockquote)>|\n", re.IGNORECASE)


def safe_html(body: str) -> str:
    """A note's body as safe HTML. Plain text keeps its line breaks and gets links.

    Scripts, styles, images, forms and event handlers do not survive; links open apart and say nothing of us.
    """
    body = _without_cdata(body)
    if body.count("<") > MOST_TAGS:
        body = _words(body)
    if not _MARKUP.search(body):
        return _linked(html.unescape(body)).replace("\n", "<br>")
    # Headings of a note would lie inside the page's own outline.
    return _SHOWN.clean(_HEADING.sub(r"\1p>", body))


def written(body: str) -> str:
    """A note as somebody writes it, to be kept by the provider: safe by the same rules, and nothing of ours added.

    Plain text stays as it is; of markup without a word in it nothing is left.
    """
    body = body.replace("\r\n", "\n").strip() if seen(plain_text(body)) else ""
    if not _MARKUP.search(body):
        return body
    if body.count("<") > MOST_TAGS:
        return _words(body)
    return _WRITTEN.clean(_HEADING.sub(r"\1p>", body))


def email_html(body: str, *, with_images: bool = False) -> str:
    """An email's body, as safe as a note's; `with_images` keeps its pictures, for a frame of their own."""
    if not with_images or body.count("<") > MOST_TAGS:
        return safe_html(body)
    return _WITH_IMAGES.clean(_HEADING.sub(r"\1p>", body))


def remote_images(body: str) -> int:
    """How many pictures an email would fetch from elsewhere."""
    return len(_REMOTE_IMAGE.findall(body))


def _linked(text: str) -> str:
    # Django looks at each word alone, and its patterns take as long to be made as a command to start.
    return urlize(text, nofollow=True, autoescape=True) if _MAY_LINK.search(text) else html.escape(text)


def opening(body: str) -> str:
    """The part of a note that its timeline shows at once: all of it, up to LONGEST characters."""
    return body[:LONGEST]


def is_long(body: str) -> bool:
    return len(body) > LONGEST


def excerpt(text: str) -> str:
    """Foreign text without its markup, in one line of at most EXCERPT characters, not escaped.

    Not Django's `striptags`, which refuses a text with many unclosed tags and with it the whole page.
    """
    words = " ".join(lines(text[:LONGEST]).split())
    # Django counts what is seen, letter by letter; of a short text there is nothing to count.
    return normalize("NFC", words) if len(words) <= EXCERPT else Truncator(words).chars(EXCERPT)


def escaped(text: str) -> str:
    """Plain text as HTML."""
    return html.escape(text)


def is_formatted(body: str) -> bool:
    """Whether a text that may be plain is HTML."""
    return bool(_ELEMENT.search(body))


def lines(body: str) -> str:
    """The words of a text that may be HTML, as a plain field shows them: each block on a line of its own.

    Plain text stays as it is.
    """
    if not is_formatted(body):
        return body
    text = _BLOCKS.sub("\n", _without_cdata(body))
    words = _NO_TAGS.clean(text) if text.count("<") <= MOST_TAGS else _MARKUP.sub("", text)
    with suppress(ValueError):  # a character's number of thousands of digits
        words = html.unescape(words)
    told = "\n".join(line.strip() for line in words.replace("\xa0", " ").split("\n"))
    return _BLANK_LINES.sub("\n\n", told).strip()


def hidden_lines(body: str) -> int:
    """How many lines to fold away: 0 for a short note. An estimate by letters; the true wrap is the browser's."""
    if body.count("\n") + body.count("<") + 1 + len(body) // LINE <= FOLD_AFTER:
        return 0  # as nearly all: more lines than that it cannot take
    blocks = [_MARKUP.sub("", block).strip() for block in _BREAKS.split(opening(body))]
    lines = sum(ceil(len(block) / LINE) for block in blocks if block)
    return lines - FOLDED_LINES if lines > FOLD_AFTER else 0


def plain_text(markup: str) -> str:
    """The words of a note without its markup, for search and one-line previews; never for display as HTML."""
    text = _without_cdata(markup)
    if "<" in text:
        text = _ANY_TAG.sub(" ", text)
    with suppress(ValueError):  # a character's number of thousands of digits
        text = html.unescape(text)
    return " ".join(text.split())


def _without_cdata(body: str) -> str:
    return _CDATA.sub("", body) if "]]>" in body or "<![" in body else body


def holds(body: str, words: str) -> str:
    """What is there instead of `words`: "picture", "other" or "nothing"; "" where there are any."""
    if seen(words):
        return ""
    if _PICTURE.search(body):
        return "picture"
    return "other" if seen(body) else "nothing"


def _words(body: str) -> str:
    """A note's words, escaped as the sanitiser would, one line a block."""
    return html.escape(html.unescape(_MARKUP.sub("", _BREAKS.sub("\n", body))))


def marked_html(clean: str, query: str = "") -> SafeString:
    """HTML that was made safe when it was stored, with hits of `query` marked."""
    return mark_safe(_mark_html(clean, query))  # noqa: S308  only `safe_html` and `escaped` write such text


def highlight(text: str, query: str) -> SafeString:
    """Plain text, escaped, with every word of the query inside <mark>."""
    return mark_safe(_marked(text, _hits(query), html.escape))  # noqa: S308  escaped here


@lru_cache(maxsize=64)
def _hits(query: str) -> re.Pattern[str] | None:
    words = sorted(set(folded(query).split()[:8]), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words))) if words else None


def _marked(text: str, hits: re.Pattern[str] | None, told: Callable[[str], str] = str) -> str:
    """The text as `told`, with what reads like a hit inside <mark>, however it is spelled."""
    if hits is None:
        return told(text)
    plain, places = (text.lower(), range(len(text))) if text.isascii() else spread(text)
    parts, done = [], 0
    for hit in hits.finditer(plain):
        start, end = places[hit.start()], places[hit.end() - 1] + 1
        while end < len(text) and combining(text[end]):
            end += 1
        if start >= done:  # a letter that folds to two may stand in two hits
            parts += [told(text[done:start]), f"<mark>{told(text[start:end])}</mark>"]
            done = end
    return "".join([*parts, told(text[done:])])


def _mark_html(clean: str, query: str) -> str:
    if (hits := _hits(query)) is None:
        return clean
    # Only text between tags and entities is searched: a search for "amp" must not tear &amp; apart.
    parts = _TAG_OR_ENTITY.split(clean)
    return "".join(part if odd % 2 else _marked(part, hits) for odd, part in enumerate(parts))
