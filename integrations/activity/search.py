"""Finds contacts by part of a name, address, number or company, on an index of either database."""

import re
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from integrations.activity import phones
from integrations.activity.folding import folded
from integrations.activity.models import Contact
from integrations.activity.models.people import LAST

MAX_QUERY = 75  # what the provider's own search takes, so a query means the same on both sides
SHORT = 3  # trigram indexes hold nothing shorter than three characters
LEAST_DIGITS = 4  # of words that are read as one number
INDEX = "activity_contact_search"  # of SQLite, a table of its own
_NUMBER = re.compile(r"(?<!\S)[+(]?\d[+\d().\-/\s]*(?!\S)")
# A term may be spelled in several ways, and of each all words must be there.
type Term = list[list[str]]


def search_text(name: str, email: str = "", phone: str = "", company: str = "", country: str = "") -> str:
    """What a contact is found by: its words as `folded`, and its telephone number once more as bare digits."""
    words = folded(" ".join(filter(None, (name, email, phone, company))))
    return " ".join(filter(None, (words, *phones.spellings(phone, country))))


def sort_name(*names: str) -> str:
    """What a contact stands under in a list by name: the first that is filled, as `folded`."""
    return next(filter(None, (folded(name).strip() for name in names)), "")[:120]


def sort_place(name: str) -> str:
    """Where a list puts what may have no name: by its name, as `folded`, and last without one."""
    words = " ".join(folded(name).split())
    return f"1{words}"[:120] if words else LAST


def matching(contacts: QuerySet[Contact], query: str) -> QuerySet[Contact]:
    """Contacts that contain every word of the query. A word of one or two characters must start a name.

    Words that make a telephone number are found in whichever way it is written.
    """
    terms = _terms(query)
    if connection.vendor == "sqlite":
        indexed = " AND ".join(_phrases(term) for term in terms if _has_index(term))
        # A join and not a subquery, which would first collect everything that the index finds.
        joined = [f"{INDEX}.rowid = {Contact._meta.db_table}.id", f"{INDEX} MATCH %s"]
        # The names are ours and the words are a bound parameter, quoted for FTS5.
        found = contacts.extra(tables=[INDEX], where=joined, params=[indexed]) if indexed else contacts  # noqa: S610
        return _narrowed(found, terms, _contains)
    return _narrowed(contacts, terms, lambda word: Q(search_text__contains=word))


def walking(contacts: QuerySet[Contact], query: str) -> QuerySet[Contact]:
    """The same without the search's index: for reading the first of very many in the order of another one."""
    return _narrowed(contacts, _terms(query), _contains)


def is_indexed(query: str) -> bool:
    """Whether the search's index has anything to say about a query."""
    return any(map(_has_index, _terms(query)))


def _terms(query: str) -> list[Term]:
    query, terms = folded(query[:MAX_QUERY]), []
    for number in _NUMBER.findall(query):
        if len(phones.digits(number)) >= LEAST_DIGITS:
            terms.append([number.split(), *([spelled] for spelled in phones.typed(number))])
            query = query.replace(number, " ")
    return [*terms, *([[word]] for word in query.split())]


def _has_index(term: Term) -> bool:
    return all(any(len(word) >= SHORT for word in words) for words in term)


def _narrowed(contacts: QuerySet[Contact], terms: list[Term], longer: Callable[[str], Any]) -> QuerySet[Contact]:
    """Those that fit each term; `longer` is how a word is looked for that is not short."""
    for term in terms:
        ways = [[longer(word) if len(word) >= SHORT else _starts(word) for word in words] for words in term]
        contacts = contacts.filter(reduce(or_, (Q(*way) for way in ways)))
    return contacts


def _phrases(term: Term) -> str:
    """One term in the language of FTS5, without its short words."""
    ways = (" AND ".join(_quoted(word) for word in words if len(word) >= SHORT) for words in term)
    return "(" + " OR ".join(f"({way})" for way in ways) + ")"


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _contains(word: str) -> Any:
    return GreaterThan(StrIndex("search_text", Value(word)), 0)


def _starts(word: str) -> Q:
    return Q(sort_name__startswith=word) | Q(search_text__contains=f" {word}")
