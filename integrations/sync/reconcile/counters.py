"""What one batch did, counted."""

from dataclasses import dataclass, field
from datetime import datetime

# A run's streams have a column for each.
COUNTED = ("added", "changed", "removed", "same", "failed")


@dataclass(slots=True)
class Counters:
    """What one batch did to one stream. `notifiable` are the ids that the other side should have told us of."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    same: int = 0
    failed: int = 0
    newest: datetime | None = None
    notifiable: list[str] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """Records that are not as they were before."""
        return self.added + self.changed + self.removed

    def add(self, part: "Counters") -> None:
        """Add another batch's counters to these."""
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(part, name))
        self.newest = max(filter(None, (self.newest, part.newest)), default=None)
        self.notifiable += part.notifiable
