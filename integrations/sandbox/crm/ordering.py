"""Keeps contacts sorted the ways that searches ask for, so that a page costs its rows and not the whole list."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from functools import total_ordering
from itertools import islice
from typing import Any

from integrations.sandbox.crm.records import Contact

type SortSpec = tuple[tuple[str, bool], ...]  # (field, descending), the most important first
type Entry = tuple[Any, ...]

SORTABLE: dict[str, Callable[[Contact], Any]] = {
    "email": lambda contact: contact.email,
    "dnd": lambda contact: contact.dnd,
    "source": lambda contact: contact.source,
    "firstNameLowerCase": lambda contact: contact.first_name.lower() or None,
    "lastNameLowerCase": lambda contact: contact.last_name.lower() or None,
    "dateAdded": lambda contact: contact.added,
    "dateUpdated": lambda contact: contact.updated,
}
_KEPT = 12  # distinct orders at a time; a client asks for two or three


@total_ordering
class _Descending:
    """Turns a text around, for orders that run from Z to A."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and self.text == other.text

    def __lt__(self, other: "_Descending") -> bool:
        return self.text > other.text


class Order:
    """One sorted list of the listed contacts. An entry is (missing, key) for each field, then the id.

    Records without a value come last in both directions, and the id breaks ties, so that every position is exact.
    """

    def __init__(self, spec: SortSpec, contacts: Iterator[Contact]) -> None:
        self.spec = spec
        self.entries: list[Entry] = sorted(self._entry(contact) for contact in contacts)

    def add(self, contact: Contact) -> None:
        insort(self.entries, self._entry(contact))

    def remove(self, contact: Contact) -> None:
        entry = self._entry(contact)
        place = bisect_left(self.entries, entry)
        if place < len(self.entries) and self.entries[place] == entry:
            del self.entries[place]

    def after(self, values: Sequence[Any]) -> int:
        """The position behind a row's `searchAfter`; TypeError when the values do not fit this order."""
        return bisect_right(self.entries, self._key(values[:-1], values[-1]))

    def at(self, values: Sequence[Any]) -> int:
        """The position of that row itself, or of the one that took its place."""
        return bisect_left(self.entries, self._key(values[:-1], values[-1]))

    def search_after(self, contact: Contact) -> list[Any]:
        """The values of this order's fields and the id, as every row of a search carries them."""
        return [*(SORTABLE[field](contact) for field, _ in self.spec), contact.id]

    def between(self, low: float, high: float) -> tuple[int, int]:
        """The slice of entries whose first field, a number, lies in the closed range."""
        # A descending number is kept negated, so that the ends change places.
        if self.spec[0][1]:
            low, high = -high, -low
        return bisect_left(self.entries, (False, low)), bisect_right(self.entries, (False, high, chr(0x10FFFF)))

    def ids(self, start: int, end: int) -> Iterator[str]:
        return (entry[-1] for entry in islice(self.entries, start, end))

    def _entry(self, contact: Contact) -> Entry:
        return self._key([SORTABLE[field](contact) for field, _ in self.spec], contact.id)

    def _key(self, values: Sequence[Any], record_id: str) -> Entry:
        entry: list[Any] = []
        for (_, descending), value in zip(self.spec, values, strict=True):
            entry += (value is None, _turned(value, descending))
        return (*entry, record_id)


class Orders:
    """All orders in use, each made at its first use and kept true from then on."""

    def __init__(self, contacts: Callable[[], Iterator[Contact]]) -> None:
        self._contacts = contacts
        self._orders: dict[SortSpec, Order] = {}
        self.version = 0

    def get(self, spec: SortSpec) -> Order:
        if spec not in self._orders:
            # The oldest goes; a client that really uses a dozen orders only pays for sorting again.
            while len(self._orders) >= _KEPT:
                del self._orders[next(iter(self._orders))]
            self._orders[spec] = Order(spec, (contact for contact in self._contacts() if contact.is_listed))
        return self._orders[spec]

    def add(self, contact: Contact) -> None:
        self.version += 1
        if contact.is_listed:
            # Insertion moves the rest of the list, which for 100,000 entries is a short copy in C.
            for order in self._orders.values():
                order.add(contact)

    def remove(self, contact: Contact) -> None:
        self.version += 1
        for order in self._orders.values():
            order.remove(contact)


def _turned(value: Any, descending: bool) -> Any:
    if value is None:
        return 0
    if isinstance(value, str):
        return _Descending(value) if descending else value
    return -value if descending else value
