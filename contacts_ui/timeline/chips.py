"""The chips over a timeline: one for each kind, with how many items there are."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.safestring import SafeString

from contacts_ui.components.drawn import drawn
from contacts_ui.timeline.filters import TimelineFilters
from integrations.activity.kinds import ON_TIMELINES
from integrations.activity.timeline import Counts

CHIP = "contacts_ui/timeline/_chip.html"


@dataclass(frozen=True, slots=True)
class Chip:
    """`words` tell how many; `is_refused` marks a kind that the provider does not give us."""

    kind: str
    name: str
    words: str
    address: str
    is_on: bool
    is_refused: bool


def chips_of(filters: TimelineFilters, counts: Counts, refused: Collection[str]) -> list[SafeString]:
    """The chips as they are drawn, that of everything first; `refused` are names of kinds."""
    shown = [("", "All"), *((kind.name, kind.label) for kind in ON_TIMELINES)]
    return [
        drawn(
            CHIP,
            Chip(
                kind=kind,
                name=name,
                words=counted(counts, kind),
                address=filters.address(kind=kind),
                is_on=kind == filters.kind,
                is_refused=name in refused,
            ),
        )
        for kind, name in shown
    ]


def counted(counts: Counts, kind: str) -> str:
    """A count as pages say it; "+" where there are at least that many."""
    count = counts.by_kind[kind] if kind else counts.total
    return f"{count:,}{'' if counts.is_complete else '+'}"
