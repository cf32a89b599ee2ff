"""What every benchmark yields: one line of the table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table: `beside` is the peer or floor of the same run, `must` what it has to reach."""

    what: str
    measured: str
    beside: str = "-"
    must: str = "-"
