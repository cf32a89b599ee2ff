"""Where client and sandbox differ from the published files on purpose, because the live API does."""

from dataclasses import dataclass

OLD, V3 = "2021-07-28", "v3"
BOTH = (OLD, V3)


@dataclass(frozen=True, slots=True)
class Deviation:
    generations: tuple[str, ...]
    operations: tuple[str, ...]
    what: tuple[str, ...]
    why: str


KNOWN: tuple[Deviation, ...] = ()
