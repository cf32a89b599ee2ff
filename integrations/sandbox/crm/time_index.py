"""Finds records of a whole sub-account by a time without making every contact's story."""

from bisect import bisect_left, bisect_right, insort

type Place = tuple[int, int, str]


class TimeIndex:
    """The sorted (time, contact number, id) of all that is there; and for each id its contact's number."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._owner: dict[str, int] = {}

    def seed(self, at: int, number: int, record_id: str) -> None:
        """Adds without sorting; call `settle` once after the last."""
        self._places.append((at, number, record_id))
        self._owner[record_id] = number

    def settle(self) -> None:
        self._places.sort()

    def add(self, at: int, number: int, record_id: str) -> None:
        insort(self._places, (at, number, record_id))
        self._owner[record_id] = number

    def remove(self, at: int, number: int, record_id: str) -> None:
        """Takes it out of the order; the id still leads to its contact, so that a deleted one is known."""
        place = bisect_left(self._places, (at, number, record_id))
        if place < len(self._places) and self._places[place] == (at, number, record_id):
            del self._places[place]

    def owner(self, record_id: str) -> int | None:
        return self._owner.get(record_id)

    def behind(self, place: Place | None, count: int, *, newest_first: bool = True) -> list[Place]:
        """The next so many behind a place, or from the start."""
        if newest_first:
            end = len(self._places) if place is None else bisect_left(self._places, place)
            return self._places[max(0, end - count) : end][::-1]
        start = 0 if place is None else bisect_right(self._places, place)
        return self._places[start : start + count]

    def __len__(self) -> int:
        return len(self._places)
