"""What a state looks like wherever it is shown: an icon, a tone and words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StatusBadge:
    """`icon` is a Lucide name, empty for the turning spinner; `tone` is ok, warn, error, accent or muted."""

    icon: str
    tone: str
    words: str
