"""What a visitor asked of the contact list in the address."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Self

from django.http import QueryDict

from contacts_ui.shell.address import query_string, text_in
from integrations.activity.search import MAX_QUERY

# Words in the address beside "" for the latest activity first; a minus turns the order round.
SORTS = {
    "name": "Name",
    "-name": "Name, Z to A",
    "business": "Business",
    "-business": "Business, Z to A",
    "owner": "Owner",
    "-owner": "Owner, Z to A",
    "-activity": "Longest without activity",
    "next": "Next step, late first",
    "-next": "Next step, furthest first",
}
ACTIVITY, NEXT = "activity", "next"
NEXT_WORDS = 3  # in a place of that order: the moment that it is as of, the group and the time in it
# The columns behind each order by letters; equal ones stand by name.
COLUMNS = {
    "name": ("sort_name",),
    "business": ("sort_business", "sort_name"),
    "owner": ("sort_owner", "sort_name"),
}
NOBODY = "none"  # the owner filter's word for "without an owner"


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
        account, sort = text_in(query, "account", 18), query.get("sort", "")
        return cls(
            q=text_in(query, "q", MAX_QUERY),
            tag=text_in(query, "tag"),
            owner=text_in(query, "owner"),
            account=account if account.isascii() and account.isdigit() else "",
            sort=sort if sort in SORTS else "",
        )

    @property
    def is_empty(self) -> bool:
        return not (self.q or self.tag or self.owner or self.account)

    @property
    def order(self) -> str:
        """What the list is sorted by, whichever way round."""
        return self.sort.removeprefix("-") or ACTIVITY

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of an order by letters; none for one by time."""
        return COLUMNS.get(self.order, ())

    @property
    def letters(self) -> int:
        """How many words a place of this order has; 0 for a time."""
        return NEXT_WORDS if self.order == NEXT else len(self.columns)

    @property
    def is_turned(self) -> bool:
        """Whether the order is the other way round: Z to A, longest without activity or furthest ahead first."""
        return self.sort.startswith("-")

    def sort_of(self, order: str) -> str:
        """What pressing the head of that order sorts by: the other way round where it is sorted by already."""
        usual = "" if order == ACTIVITY else order
        return f"-{order}" if self.sort == usual else usual

    @property
    def without_tag(self) -> Self:
        return replace(self, tag="")

    def address(self, **changes: str) -> str:
        """The query string of these filters with `changes`, "?" included; "" when nothing is left of it."""
        return query_string(asdict(self) | changes)
