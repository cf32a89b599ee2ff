"""Finds appointments by calendar and time without making every contact's story: an index of starts."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator

from integrations.sandbox.crm.records import Appointment


class BookingIndex:
    """For each calendar the sorted (start, contact number, id); and for each id its contact's number."""

    def __init__(self) -> None:
        self._starts: dict[str, list[tuple[int, int, str]]] = {}
        self._owner: dict[str, int] = {}

    def seed(self, calendar_id: str, start: int, number: int, record_id: str) -> None:
        """Adds without sorting; call `settle` once after the last."""
        self._starts.setdefault(calendar_id, []).append((start, number, record_id))
        self._owner[record_id] = number

    def settle(self) -> None:
        for starts in self._starts.values():
            starts.sort()

    def add(self, number: int, record: Appointment) -> None:
        insort(self._starts.setdefault(record.calendar_id, []), (record.start, number, record.id))
        self._owner[record.id] = number

    def remove(self, number: int, record: Appointment) -> None:
        """Takes it out of the time index; the id still leads to its contact, so that a deleted one is known."""
        # An appointment of an unknown calendar is held as well; it simply belongs to no listing.
        starts = self._starts.get(record.calendar_id, [])
        entry = (record.start, number, record.id)
        place = bisect_left(starts, entry)
        if place < len(starts) and starts[place] == entry:
            del starts[place]

    def owner(self, record_id: str) -> int | None:
        return self._owner.get(record_id)

    def between(self, calendar_id: str, low: int, high: int) -> Iterator[tuple[int, str]]:
        """Contact number and id of what starts in the closed range, in order of start."""
        starts = self._starts.get(calendar_id, [])
        # A shorter tuple sorts before every longer one with the same start: both ends are exact.
        first, last = bisect_left(starts, (low,)), bisect_right(starts, (high + 1,))
        return ((number, record_id) for _, number, record_id in starts[first:last])

    def bounds(self) -> tuple[int, int] | None:
        """The first and the last start of all."""
        filled = [starts for starts in self._starts.values() if starts]
        if not filled:
            return None
        return min(starts[0][0] for starts in filled), max(starts[-1][0] for starts in filled)

    def __len__(self) -> int:
        return sum(map(len, self._starts.values()))
