"""Finds contacts by part of a name, address, number or company, on an index of either database."""

import re
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from integrations.activity.models import Contact

MAX_QUERY = 75  # what the provider's own search takes, so a query means the same on both sides
SHORT = 3  # trigram indexes hold nothing shorter than three characters
INDEX = "activity_contact_search"  # of SQLite, a table of its own


def search_text(*parts: str) -> str:
    """What a contact is found by: its words in lower case, and phone numbers once more as bare digits."""
    text = " ".join(part for part in parts if part).lower()
    phones = (part for part in parts if re.fullmatch(r"[+\d(][\d ().-]{5,}", part or ""))
    digits = re.sub(r"\D", "", " ".join(phones))
    return f"{text} {digits}".strip()


def matching(contacts: QuerySet[Contact], query: str) -> QuerySet[Contact]:
    """Contacts that contain every word of the query. A word of one or two characters must start a name."""
    words = _words(query)
    longer = [word for word in words if len(word) >= SHORT]
    if connection.vendor == "sqlite":
        # A join and not a subquery, which would first collect everything that the index finds.
        joined = [f"{INDEX}.rowid = {Contact._meta.db_table}.id", f"{INDEX} MATCH %s"]
        # The names are ours and the words are a bound parameter, quoted for FTS5.
        found = contacts.extra(tables=[INDEX], where=joined, params=[_phrases(longer)]) if longer else contacts  # noqa: S610
        return walking(found, query)
    for word in words:
        contacts = contacts.filter(Q(search_text__contains=word) if len(word) >= SHORT else _starts(word))
    return contacts


def walking(contacts: QuerySet[Contact], query: str) -> QuerySet[Contact]:
    """The same without the search's index: for reading the first of very many in the order of another one."""
    for word in _words(query):
        contacts = contacts.filter(_contains(word) if len(word) >= SHORT else _starts(word))
    return contacts


def is_indexed(query: str) -> bool:
    """Whether the search's index has anything to say about a query."""
    return any(len(word) >= SHORT for word in _words(query))


def _words(query: str) -> list[str]:
    return query[:MAX_QUERY].lower().split()


def _phrases(words: list[str]) -> str:
    """All of them, each as it stands, in the language of FTS5."""
    return " ".join('"' + word.replace('"', '""') + '"' for word in words)


def _contains(word: str) -> Any:
    return GreaterThan(StrIndex("search_text", Value(word)), 0)


def _starts(word: str) -> Q:
    return Q(sort_name__startswith=word) | Q(search_text__contains=f" {word}")
