"""Finds contacts by part of a name, address, number or company, on an index of either database."""

import re
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from integrations.activity.models import Contact

MAX_QUERY = 75  # what the provider's own search takes, so a query means the same on both sides


def search_text(*parts: str) -> str:
    """What a contact is found by: its words in lower case, and phone numbers once more as bare digits."""
    text = " ".join(part for part in parts if part).lower()
    phones = (part for part in parts if re.fullmatch(r"[+\d(][\d ().-]{5,}", part or ""))
    digits = re.sub(r"\D", "", " ".join(phones))
    return f"{text} {digits}".strip()


def matching(contacts: QuerySet[Contact], query: str) -> QuerySet[Contact]:
    """Contacts that contain every word of the query. A word of one or two characters must start a name.

    Trigram indexes hold nothing shorter than three characters, so short words use the name index instead.
    """
    for word in query[:MAX_QUERY].lower().split():
        contacts = contacts.filter(_contains(word) if len(word) >= 3 else _starts(word))
    return contacts


def _starts(word: str) -> Q:
    return Q(sort_name__startswith=word) | Q(search_text__contains=f" {word}")


def _contains(word: str) -> Any:
    if connection.vendor != "sqlite":
        return Q(search_text__contains=word)
    phrase = '"' + word.replace('"', '""') + '"'
    rows = "SELECT rowid FROM activity_contact_search WHERE activity_contact_search MATCH %s"
    return Q(pk__in=RawSQL(rows, (phrase,)))  # noqa: S611  the word is a bound parameter, quoted for FTS5
