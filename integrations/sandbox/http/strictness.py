"""How a stricter server than usual answers listings: smaller pages, capped totals, no cursors, odd refusals."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from integrations.sandbox.crm.records import Json
from integrations.sandbox.http import errors

if TYPE_CHECKING:
    from integrations.sandbox.world import World

# What the answer of a listing calls its rows, by operation.
LISTINGS = {
    "search_contacts": "contacts",
    "search_tasks": "tasks",
    "search_users": "users",
    "list_businesses": "businesses",
}
SEARCHES = ("search_contacts", "search_tasks")  # asked for in a body


@dataclass(slots=True)
class Strictness:
    """Nothing by default. `refused` are ids of calendars or contacts about which every call gets `status`."""

    most_rows: int = 0  # a page has no more, whatever is asked for
    most_total: int = 0  # no total says more
    slow_above: int = 0  # larger pages than this end in a 504
    no_cursors: bool = False
    circle: bool = False  # cursors lead back to the first page
    refused: tuple[str, ...] = ()
    status: int = 400
    message: str = "Something about this is not right"

    @classmethod
    def of(cls, body: Json) -> "Strictness":
        """From the admin API; ValueError for a word that means nothing here."""
        unknown = body.keys() - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"Unknown: {', '.join(sorted(unknown))}")
        return cls(**body | {"refused": tuple(body.get("refused", ()))})

    def check(self, operation: str, asked: Json) -> None:
        """Refuse what this server does not answer."""
        if set(map(str, asked.values())) & set(self.refused):
            raise errors.refusal(self.status, self.message)
        if operation in LISTINGS and self.slow_above and _limit(asked) > self.slow_above:
            raise errors.refusal(504, "Gateway Timeout")

    def asked(self, operation: str, asked: Json) -> Json:
        """What is answered instead of what was asked for."""
        if operation not in LISTINGS:
            return asked
        key = "pageLimit" if operation == "search_contacts" else "limit"
        if self.most_rows:
            asked = asked | {key: min(_limit(asked), self.most_rows)}
        return {name: value for name, value in asked.items() if not (self.circle and name == "searchAfter")}

    def answered(self, operation: str, body: Json) -> Json:
        rows = body.get(LISTINGS.get(operation, ""))
        if not isinstance(rows, list):
            return body
        if self.most_total:
            body = body | {name: min(body[name], self.most_total) for name in ("total", "count") if name in body}
        return body | {LISTINGS[operation]: [self._row(row) for row in rows]}

    def _row(self, row: Json) -> Json:
        return {name: value for name, value in row.items() if name != "searchAfter" or not self.no_cursors}


def be_strict(world: "World", body: Json) -> Json:
    world.strictness = Strictness.of(body)
    return {}


def _limit(asked: Json) -> Any:
    return int(asked.get("pageLimit") or asked.get("limit") or 25)
