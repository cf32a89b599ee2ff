"""What a visitor asked for in the address: the filters of the contact list and of a timeline."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Self
from urllib.parse import urlencode

from django.http import QueryDict

from integrations.activity import timeline
from integrations.activity.search import MAX_QUERY

NOBODY = "none"  # the owner filter's word for "without an owner"
LONGEST = 200  # of any filter's value: longer than every tag and id, short enough for the database's patience


def _clean(query: QueryDict, name: str, longest: int = LONGEST) -> str:
    # A zero byte is the one character that PostgreSQL refuses inside a text.
    return query.get(name, "").replace("\x00", "").strip()[:longest]


@dataclass(frozen=True, slots=True)
class ContactFilters:
    """The contact list's filters as the address carries them; empty fields do not filter."""

    q: str = ""
    tag: str = ""
    owner: str = ""
    account: str = ""
    sort: str = ""

    @classmethod
    def from_query(cls, query: QueryDict) -> Self:
        """Read the address; anything unknown in it is ignored, so an old bookmark still opens."""
        account = _clean(query, "account", 18)
        return cls(
            q=_clean(query, "q", MAX_QUERY),
            tag=_clean(query, "tag"),
            owner=_clean(query, "owner"),
            account=account if account.isascii() and account.isdigit() else "",
            sort="name" if query.get("sort") == "name" else "",
        )

    @property
    def is_empty(self) -> bool:
        return not (self.q or self.tag or self.owner or self.account)

    @property
    def by_name(self) -> bool:
        return self.sort == "name"

    def address(self, **changes: str) -> str:
        """The query string of these filters with `changes`, "?" included; "" when nothing is left of it."""
        return _address(asdict(self) | changes)


@dataclass(frozen=True, slots=True)
class FeedFilters:
    """A timeline's filters as the address carries them."""

    kind: str = ""
    q: str = ""

    @classmethod
    def from_query(cls, query: QueryDict) -> Self:
        """Read the address; an unknown kind shows everything."""
        kind = query.get("kind", "")
        return cls(kind=kind if kind in timeline.Kind.values else "", q=_clean(query, "q"))

    @property
    def is_empty(self) -> bool:
        return not (self.kind or self.q)

    def asked(self) -> timeline.Filters:
        """The same in the timeline's own terms."""
        return timeline.Filters(kind=self.kind, text=self.q)

    def address(self, **changes: str) -> str:
        """The query string of these filters with `changes`."""
        return _address(asdict(self) | changes)


def _address(fields: dict[str, str]) -> str:
    kept = {name: value for name, value in fields.items() if value}
    return f"?{urlencode(kept)}" if kept else "?"
