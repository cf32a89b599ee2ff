"""What a visitor asked of the contact list in the address."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Self

from django.http import QueryDict

from contacts_ui.shell.address import query_string, text_in
from integrations.activity.search import MAX_QUERY

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
        account = text_in(query, "account", 18)
        return cls(
            q=text_in(query, "q", MAX_QUERY),
            tag=text_in(query, "tag"),
            owner=text_in(query, "owner"),
            account=account if account.isascii() and account.isdigit() else "",
            sort="name" if query.get("sort") == "name" else "",
        )

    @property
    def is_empty(self) -> bool:
        return not (self.q or self.tag or self.owner or self.account)

    @property
    def by_name(self) -> bool:
        return self.sort == "name"

    @property
    def without_tag(self) -> Self:
        return replace(self, tag="")

    def address(self, **changes: str) -> str:
        """The query string of these filters with `changes`, "?" included; "" when nothing is left of it."""
        return query_string(asdict(self) | changes)
