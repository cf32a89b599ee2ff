"""What a visitor asked of the sync log in the address: how far back, whose, which runs, from where on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.http import QueryDict

from contacts_ui.shell.address import id_in, query_string
from integrations.workspace.models import Workspace

SHOWN = ("changes", "partly", "failed")


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time up to now; `words` complete a sentence."""

    key: str
    name: str
    words: str
    length: timedelta


PERIODS = {
    period.key: period
    for period in (
        Period("day", "24 hours", "in the last 24 hours", timedelta(days=1)),
        Period("week", "7 days", "in the last 7 days", timedelta(days=7)),
        Period("month", "30 days", "in the last 30 days", timedelta(days=30)),
    )
}


@dataclass(frozen=True, slots=True)
class LogFilters:
    """Ids say from where on: only older runs, older failed writes or older unread records follow."""

    period: Period
    account: int | None = None
    show: str = ""
    before: int | None = None
    writes_before: int | None = None
    records_before: int | None = None

    @classmethod
    def from_query(cls, query: QueryDict) -> Self:
        """Read the address; anything unknown in it is ignored, so an old bookmark still opens."""
        show = query.get("show", "")
        return cls(
            period=PERIODS.get(query.get("period", ""), PERIODS["day"]),
            account=id_in(query, "account"),
            show=show if show in SHOWN else "",
            before=id_in(query, "before"),
            writes_before=id_in(query, "writes_before"),
            records_before=id_in(query, "records_before"),
        )

    def since(self, now: datetime) -> datetime:
        return now - self.period.length

    def narrowed(self, workspaces: Sequence[Workspace]) -> list[Workspace]:
        """The chosen workspace, or all of them when none, or one that the person may not see, was chosen."""
        chosen = [workspace for workspace in workspaces if workspace.pk == self.account]
        return chosen or list(workspaces)

    def address(self, **changes: object) -> str:
        """The query string of these filters with `changes`, without places unless they are given anew."""
        fields: dict[str, object] = {"account": self.account, "show": self.show}
        if self.period.key != "day":
            fields["period"] = self.period.key
        return query_string(fields | changes)
