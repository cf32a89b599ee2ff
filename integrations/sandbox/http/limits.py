"""The vendor's two request limits, each per sub-account: a burst and a day."""

from collections import deque
from dataclasses import dataclass, field

DAILY = 200_000
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the request may go on, and the headers that tell what is left."""

    allowed: bool
    headers: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Account:
    moments: deque[float] = field(default_factory=deque)
    day: int = 0
    used_today: int = 0


@dataclass(slots=True)
class RateLimiter:
    """A sliding window: stricter than the fixed one that the vendor may use, so whoever passes here passes there.

    While it is not enforced the headers report a full budget, so that a client that believes them is not slowed.
    """

    burst: int = 100
    seconds: float = 10.0
    daily: int = DAILY
    enforced: bool = False
    _accounts: dict[str, _Account] = field(default_factory=dict)

    def take(self, account_id: str, now: float) -> Verdict:
        """Counts one request at `now` (seconds). A refused request does not use up the window."""
        if not self.enforced:
            return Verdict(True, self._headers(self.burst, self.daily))
        account = self._accounts.setdefault(account_id, _Account())
        self._forget(account, now)
        allowed = len(account.moments) < self.burst and account.used_today < self.daily
        # Refused calls are not counted: a client that hammers would otherwise never get in again.
        if allowed:
            account.moments.append(now)
            account.used_today += 1
        left = self.burst - len(account.moments)
        return Verdict(allowed, self._headers(left, self.daily - account.used_today))

    def _forget(self, account: _Account, now: float) -> None:
        while account.moments and account.moments[0] <= now - self.seconds:
            account.moments.popleft()
        # A day of UTC; nobody documents whose midnight it is.
        day = int(now // _DAY_SECONDS)
        if account.day != day:
            account.day, account.used_today = day, 0

    def _headers(self, left: int, left_today: int) -> tuple[tuple[str, str], ...]:
        return (
            ("X-RateLimit-Limit-Daily", str(self.daily)),
            ("X-RateLimit-Daily-Remaining", str(left_today)),
            ("X-RateLimit-Interval-Milliseconds", str(int(self.seconds * 1000))),
            ("X-RateLimit-Max", str(self.burst)),
            ("X-RateLimit-Remaining", str(left)),
        )


def parse_rate_limit(text: str) -> RateLimiter:
    """`100/10` is 100 requests in 10 seconds; a third number is the limit of a day. ValueError when it is not."""
    try:
        parts = [float(part) for part in text.split("/")]
    except ValueError:
        parts = []
    if len(parts) not in (2, 3) or not all(0 < part < float("inf") for part in parts):
        raise ValueError(
            f"The rate limit {text!r} is not REQUESTS/SECONDS or REQUESTS/SECONDS/DAILY, as in 100/10."
        )
    daily = int(parts[2]) if len(parts) == 3 else DAILY
    return RateLimiter(int(parts[0]), parts[1], daily, enforced=True)
