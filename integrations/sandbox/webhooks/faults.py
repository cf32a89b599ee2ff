"""Decides which webhooks go wrong and how: by probability, or scripted for the next events."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

KINDS = ("drop", "duplicate", "reorder", "delay", "tamper", "legacy", "unsigned", "nested")


@dataclass(slots=True)
class WebhookFaults:
    """What happens to the next event, several kinds at once; a draw follows from the seed and its number alone."""

    seed: int
    shares: dict[str, float] = field(default_factory=dict)
    events: int = 0
    scripted: deque[frozenset[str]] = field(default_factory=deque)

    def draw(self) -> frozenset[str]:
        self.events += 1
        if self.scripted:
            return self.scripted.popleft()
        chance = Random(f"{self.seed}:webhook:{self.events}")
        return frozenset(kind for kind in KINDS if chance.random() < self.shares.get(kind, 0.0))

    def script(self, entries: Iterable[str]) -> None:
        """The next events: `ok`, a kind, or several joined by +."""
        for entry in entries:
            kinds = frozenset(entry.split("+")) - {"ok"}
            self.scripted.append(_known(kinds))


def parse_webhook_faults(spec: str) -> dict[str, float]:
    """`duplicate=0.2,drop=0.1` as shares of all events, each drawn for itself. ValueError for anything else."""
    pairs = (part.partition("=") for part in spec.split(",") if part.strip())
    shares = {kind.strip(): float(share) for kind, _, share in pairs}
    _known(frozenset(shares))
    if any(not 0 <= share <= 1 for share in shares.values()):
        raise ValueError("Each probability must lie between 0 and 1.")
    return shares


def _known(kinds: frozenset[str]) -> frozenset[str]:
    if unknown := kinds - set(KINDS):
        raise ValueError(f"Unknown for webhooks: {', '.join(sorted(unknown))}; use {', '.join(KINDS)}.")
    return kinds
