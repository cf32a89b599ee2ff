"""What the rate headers of an answer say about the budget, read leniently."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateReading:
    """What the rate headers of one answer say, None where one is missing; `age`: seconds since it was asked."""

    limit: int | None = None
    remaining: int | None = None
    interval_ms: int | None = None
    daily_limit: int | None = None
    daily_remaining: int | None = None
    age: float = 0.0

    @classmethod
    def from_headers(cls, headers: Mapping[str, str], age: float = 0.0) -> "RateReading | None":
        """From lower-case header names; None when the answer carries none of them."""
        reading = cls(
            limit=_count(headers.get("x-ratelimit-max")),
            remaining=_count(headers.get("x-ratelimit-remaining")),
            interval_ms=_count(headers.get("x-ratelimit-interval-milliseconds")),
            daily_limit=_count(headers.get("x-ratelimit-limit-daily")),
            daily_remaining=_count(headers.get("x-ratelimit-daily-remaining")),
            age=age,
        )
        return None if reading == cls(age=age) else reading


def _count(text: str | None) -> int | None:
    """A whole number that is not negative, or None: a header that makes no sense is no news."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
