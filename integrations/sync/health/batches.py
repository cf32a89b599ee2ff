"""How far a change of many records has come: each has a write of its own, and all share a batch."""

from dataclasses import dataclass

from django.db.models import Count, Max

from integrations.sync.models import Write

MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Progress:
    """Writes of one batch by how they stand. `reasons` are why some failed, with how many for each."""

    batch: str
    operation: str = ""
    done: int = 0
    waiting: int = 0
    failed: int = 0
    can_retry: int = 0
    undone: int = 0
    reasons: tuple[tuple[str, int], ...] = ()

    @property
    def total(self) -> int:
        return self.done + self.waiting + self.failed

    @property
    def look(self) -> str:
        """What tells one state from another."""
        return f"{self.done}-{self.waiting}-{self.failed}"


def progress_of(batch: str, actor: int) -> Progress | None:
    """How a person's batch stands; None where they have no such one. One query, two where some failed."""
    mine = Write.objects.filter(batch=batch, actor=actor).order_by()
    by_state = dict[str, int]()
    operation, can_retry = "", 0
    rows = mine.values_list("state", "can_retry").annotate(number=Count("pk"), asked=Max("operation"))
    for state, may_again, number, asked in rows:
        by_state[state] = by_state.get(state, 0) + number
        operation = asked
        can_retry += number if may_again and state == Write.State.FAILED else 0
    if not by_state:
        return None
    failed = sum(by_state.get(state, 0) for state in Write.UNSENT)
    return Progress(
        batch,
        operation,
        done=by_state.get(Write.State.CONFIRMED, 0),
        waiting=sum(by_state.get(state, 0) for state in Write.OPEN),
        failed=failed,
        can_retry=can_retry,
        undone=by_state.get(Write.State.UNDONE, 0),
        reasons=_reasons(batch, actor) if failed else (),
    )


def _reasons(batch: str, actor: int) -> tuple[tuple[str, int], ...]:
    failed = Write.objects.failed().filter(batch=batch, actor=actor).order_by()
    counted = failed.values_list("reason").annotate(number=Count("pk")).order_by("-number", "reason")
    return tuple(counted[:MOST_REASONS])
