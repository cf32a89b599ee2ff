"""Decides which calls go wrong and how: by probability, or scripted for the next calls of one operation."""

from collections import deque
from dataclasses import dataclass, field
from random import Random

KINDS = (
    "429",
    "500",
    "502",
    "slow",
    "timeout",
    "reset",
    "truncated",
    "malformed",
    "html",
    "lost_response",
    "timeout_after",
    "expired_token",
    "no_scope",
    "no_cursor",
)


@dataclass(slots=True)
class FaultPlan:
    """Which fault the next call gets. The draw follows from the seed and the number of the call alone."""

    seed: int
    shares: dict[str, float] = field(default_factory=dict)
    calls: int = 0
    scripted: dict[str, deque[str]] = field(default_factory=dict)

    def draw(self, operation: str) -> str | None:
        """The fault of this call, None for none; `ok` in a script lets one call through untouched."""
        # Counted even without faults, so that switching them on later does not move the sequence.
        self.calls += 1
        script = self.scripted.get(operation) or self.scripted.get("*")
        if script:
            kind = script.popleft()
            return None if kind == "ok" else kind
        if not self.shares:
            return None
        return self._by_chance(Random(f"{self.seed}:{self.calls}").random())

    def _by_chance(self, chance: float) -> str | None:
        # Shares are laid end to end on the line from 0 to 1; what is left over is a good answer.
        for kind, share in self.shares.items():
            if chance < share:
                return kind
            chance -= share
        return None

    def script(self, operation: str, kinds: list[str]) -> None:
        """The next calls of this operation (`*`: of any) end like this, one after the other, after those that were
        named before; none takes back what is still to come."""
        for kind in kinds:
            if kind not in (*KINDS, "ok") and not _is_status(kind):
                raise ValueError(f"The fault {kind!r} is unknown; use a status or one of {', '.join(KINDS)}, ok.")
        if kinds:
            self.scripted.setdefault(operation, deque()).extend(kinds)
        else:
            self.scripted.pop(operation, None)


def parse_faults(spec: str) -> dict[str, float]:
    """`500=0.02,reset=0.01` as shares of all calls. ValueError for an unknown kind or shares over 1."""
    shares: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in spec.split(","))):
        kind, _, share = part.partition("=")
        if kind not in KINDS:
            raise ValueError(f"The fault {kind!r} is unknown; use {', '.join(KINDS)}.")
        shares[kind] = float(share)
    # Written so that what is no number lies nowhere between.
    if not (sum(shares.values()) <= 1 and all(share >= 0 for share in shares.values())):
        raise ValueError("The probabilities of all faults together must lie between 0 and 1.")
    return shares


def _is_status(text: str) -> bool:
    return text.isdigit() and 400 <= int(text) <= 599
