"""Counts what came in, so that tests can prove how many requests and writes something took."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_KEPT_SECONDS = 7200  # of the per-second timeline; older seconds are forgotten
_KEPT_RECORDS = 50_000  # distinct records in the count of writes
_KEPT_REQUESTS = 20_000  # of the log of single requests


class Tally:
    """Counters, and what was asked lately: about which ids, and when; of writes the keys, never the content."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.requests: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.by_operation: dict[str, Counter[str]] = {}
        self.writes: Counter[str] = Counter()
        self.writes_by_record: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.rotations = 0
        self.grace_answers = 0
        self._seconds: dict[int, int] = {}
        self._first = self._last = 0.0
        self.log: deque[dict[str, Any]] = deque(maxlen=_KEPT_REQUESTS)
        self.journal: deque[dict[str, Any]] = deque(maxlen=_KEPT_REQUESTS)

    def request(self, operation: str, ids: Mapping[str, str], at: float) -> None:
        """A request that arrived `at` (epoch seconds) with these ids in its path."""
        self.requests[operation] += 1
        self._first, self._last = self._first or at, at
        self.log.append({"operation": operation, "ids": dict(ids), "at": at})
        second = int(at)
        self._seconds[second] = self._seconds.get(second, 0) + 1
        # Dictionaries keep their order: the first key is the oldest second.
        if len(self._seconds) > _KEPT_SECONDS:
            del self._seconds[next(iter(self._seconds))]

    def answered(self, operation: str, status: int) -> None:
        self.statuses[status] += 1
        self.by_operation.setdefault(operation, Counter())[str(status)] += 1

    def fault(self, kind: str) -> None:
        self.faults[kind] += 1

    def wrote(self, operation: str, record_ids: Sequence[str], keys: Iterable[str], at: float) -> None:
        """An applied write, whether or not its answer arrived; one to many records is one write."""
        self.writes[operation] += 1
        self.journal.append({"operation": operation, "touched": list(record_ids), "keys": sorted(keys), "at": at})
        for record_id in record_ids:
            if record_id in self.writes_by_record or len(self.writes_by_record) < _KEPT_RECORDS:
                self.writes_by_record[record_id] += 1

    def report(self) -> dict[str, Any]:
        return {
            "requests": sum(self.requests.values()),
            "seconds": self._last - self._first,
            "by_operation": dict(self.requests),
            "by_status": {str(status): count for status, count in self.statuses.items()},
            "by_operation_and_status": {name: dict(counts) for name, counts in self.by_operation.items()},
            "rate_limited": self.statuses[429],
            "writes": sum(self.writes.values()),
            "writes_by_operation": dict(self.writes),
            "writes_by_record": dict(self.writes_by_record),
            "rotations": self.rotations,
            "grace_answers": self.grace_answers,
            "faults": dict(self.faults),
            "timeline": {str(second): count for second, count in self._seconds.items()},
        }
