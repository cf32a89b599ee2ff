"""Reads what an address asks for out of its query, and writes it back."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.http import QueryDict

LONGEST = 200  # of any filter's value: longer than every tag and id, short enough for the database's patience
MOST = 2**63 - 1  # the largest id a database column holds


def text_in(query: QueryDict, name: str, longest: int = LONGEST) -> str:
    """A value as text, cut to what a filter can use; "" when it is not given."""
    # A zero byte is the one character that PostgreSQL refuses inside a text.
    return query.get(name, "").replace("\x00", "").strip()[:longest]


def id_in(query: QueryDict, name: str) -> int | None:
    """An id in the address, None for anything that cannot be one."""
    text = query.get(name, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    return number if 0 < number <= MOST else None


def query_string(fields: Mapping[str, object]) -> str:
    """The fields that are not empty as a query, "?" included."""
    kept = {name: value for name, value in fields.items() if value}
    return f"?{urlencode(kept)}" if kept else "?"
