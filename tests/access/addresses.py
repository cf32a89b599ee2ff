"""Every address of the URLconf, as a text with its parts in braces: /contacts/{contact_id}/."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

PARTS = re.compile(r"<(?:\w+:)?(\w+)>")  # of a path
GROUPS = re.compile(r"\(\?P<(\w+)>[^)]*\)")  # of a regular expression


def every_address() -> list[str]:
    """The addresses in the order in which they are tried, each once."""
    return list(dict.fromkeys(_walk(get_resolver(), "/")))


def _walk(resolver: URLResolver, before: str) -> Iterator[str]:
    for found in resolver.url_patterns:
        here = before + _text(found)
        if isinstance(found, URLResolver):
            yield from _walk(found, here)
        else:
            yield here


def _text(found: URLPattern | URLResolver) -> str:
    route = str(found.pattern)
    if route.startswith("^"):
        return GROUPS.sub(r"{\1}", route.removeprefix("^").removesuffix("$"))
    return PARTS.sub(r"{\1}", route)
