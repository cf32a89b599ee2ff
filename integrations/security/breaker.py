"""A circuit breaker: what just failed is not tried again for a moment, or each caller would wait its time-out."""

import time
from collections.abc import Callable


class Breaker:
    """One for each thing that may be away, shared by the threads of a process; open for `seconds` once tripped."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._closes_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether it failed so recently that nobody should try."""
        return self._clock() < self._closes_at

    def trip(self) -> None:
        """It failed just now."""
        self._closes_at = self._clock() + self.seconds

    def reset(self) -> None:
        """Let the next caller try."""
        self._closes_at = 0.0
