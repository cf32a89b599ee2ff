"""What a visitor asked of a timeline in the address."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Self

from django.http import QueryDict

from contacts_ui.shell.address import query_string, text_in
from integrations.activity import timeline
from integrations.activity.asked import Filters


@dataclass(frozen=True, slots=True)
class TimelineFilters:
    """A timeline's filters as the address carries them."""

    kind: str = ""
    q: str = ""

    @classmethod
    def from_query(cls, query: QueryDict) -> Self:
        """Read the address; an unknown kind shows everything."""
        kind = query.get("kind", "")
        return cls(kind=kind if kind in timeline.KIND_NAMES else "", q=text_in(query, "q"))

    @property
    def is_empty(self) -> bool:
        return not (self.kind or self.q)

    def asked(self) -> Filters:
        """The same in the timeline's own terms."""
        return Filters(kind=self.kind, text=self.q)

    def address(self, **changes: str) -> str:
        """The query string of these filters with `changes`."""
        return query_string(asdict(self) | changes)
