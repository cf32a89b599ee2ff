"""What else happens around a call: something just before it is looked at, or as soon as it is done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

type When = Literal["before", "after"]


@dataclass(slots=True, eq=False)
class Cue:
    """Act once, around that call of an operation (`*`: of any) from now on; 1 is the next."""

    operation: str
    when: When
    call: int
    act: Callable[[], object]


@dataclass(slots=True)
class Cues:
    """All that still waits for its call."""

    waiting: list[Cue] = field(default_factory=list)

    def happen(self, operation: str, when: When) -> None:
        """Hold the world's lock: nobody may see the change half made."""
        for cue in [one for one in self.waiting if one.when == when and one.operation in ("*", operation)]:
            cue.call -= 1
            if cue.call <= 0:
                self.waiting.remove(cue)
                cue.act()
