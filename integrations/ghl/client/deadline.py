"""How long somebody waits for a whole piece of work, whatever number of calls, attempts and pauses it takes."""

from typing import Protocol


class Deadline(Protocol):
    """What the callers of a client bring along. `seconds` is the whole time, for words."""

    @property
    def seconds(self) -> float: ...

    def left(self) -> float:
        """Seconds that are left; 0 or less when it has passed."""
        ...
