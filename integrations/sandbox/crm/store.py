"""Holds the records of one sub-account: contacts in full, their children on demand, and every change on top."""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from integrations.sandbox.crm.booking_index import BookingIndex
from integrations.sandbox.crm.ordering import Orders
from integrations.sandbox.crm.records import Appointment, Business, Children, Contact
from integrations.sandbox.seed.company import SubAccount
from integrations.sandbox.seed.seeder import Seeder
from integrations.sandbox.seed.stories import meeting_id

_CACHED_STORIES = 4096


class LocationStore:
    """One sub-account.

    A contact costs about a kilobyte, its story several: stories are made when somebody reads them, kept for a
    while, and kept for good as soon as one of their records changes.
    """

    def __init__(self, seeder: Seeder) -> None:
        self._seeder = seeder
        self.sub: SubAccount = seeder.sub
        self.contacts: list[Contact] = []
        self.by_id: dict[str, Contact] = {}
        self.bookings = BookingIndex()
        self.businesses: dict[str, Business] = {item.id: item for item in seeder.businesses}
        self._changed: dict[int, Children] = {}
        self._cache: OrderedDict[int, Children] = OrderedDict()
        # Three small numbers a contact answer most questions about size without making any story.
        self._seeded_counts = array("H")
        self._made = 0
        self._counted: dict[str, int] = {}
        self._counted_at = 0
        self.orders = Orders(lambda: iter(self.contacts))
        for number in range(seeder.size):
            self._plant(number)
        self.bookings.settle()

    def _plant(self, number: int) -> None:
        story = self._seeder.outline(number)
        contact = self._seeder.contact(number, story)
        self.contacts.append(contact)
        self.by_id[contact.id] = contact
        self._seeded_counts.extend((len(story.notes), len(story.tasks), len(story.meetings)))
        for place, item in enumerate(story.meetings):
            record_id = meeting_id(self._seeder.ids, self.sub.number, number, place, item)
            self.bookings.seed(self.sub.calendars[item.calendar].id, item.start, number, record_id)

    @property
    def id(self) -> str:
        return self.sub.id

    def children(self, contact: Contact) -> Children:
        """The contact's records, for reading; use `editable` before changing one."""
        number = contact.number
        if number in self._changed:
            return self._changed[number]
        if number not in self._cache:
            self._cache[number] = self._seeder.children(contact)
            # First in, first out: a listing walks once through everybody, so recency would not help.
            if len(self._cache) > _CACHED_STORIES:
                self._cache.popitem(last=False)
        return self._cache[number]

    def editable(self, contact: Contact) -> Children:
        """The same, kept for good from now on."""
        # From now on the record is no longer what the seed says, so it can never be made again.
        return self._changed.setdefault(contact.number, self.children(contact))

    def counts(self, contact: Contact) -> tuple[int, int, int]:
        """How many notes, tasks and appointments there are or were, without making the story."""
        changed = self._changed.get(contact.number)
        if changed is not None:
            return len(changed.notes), len(changed.tasks), len(changed.appointments)
        notes, tasks, appointments = self._seeded_counts[contact.number * 3 : contact.number * 3 + 3]
        return notes, tasks, appointments

    def appointment(self, record_id: str) -> tuple[Contact, Appointment] | None:
        """A booking and whose it is, deleted ones included."""
        number = self.bookings.owner(record_id)
        if number is None:
            return None
        contact = self.contacts[number]
        # The index knows whose it is; the story has at most a few hundred.
        found = next(item for item in self.children(contact).appointments if item.id == record_id)
        return contact, found

    def count_once(self, key: str, count: Callable[[], int]) -> int:
        """A count that stays right until any contact changes."""
        # Every change of any contact makes every count doubtful; counting again is cheap enough.
        if self._counted_at != self.orders.version or len(self._counted) > 100:
            self._counted, self._counted_at = {}, self.orders.version
        if key not in self._counted:
            self._counted[key] = count()
        return self._counted[key]

    def new_id(self, kind: str) -> str:
        """An id for a record that a client makes; it follows from how many were made before."""
        self._made += 1
        return self._seeder.ids.of(kind, "made", self.sub.number, self._made)

    def add_contact(self, contact: Contact) -> None:
        self.contacts.append(contact)
        self.by_id[contact.id] = contact
        self._changed[contact.number] = Children()
        self.orders.add(contact)

    @contextmanager
    def changing(self, contact: Contact) -> Iterator[Contact]:
        """Change a contact inside this block only: the sorted orders follow."""
        self.orders.remove(contact)
        try:
            yield contact
        finally:
            self.orders.add(contact)

    @contextmanager
    def rebooking(self, contact: Contact, record: Appointment) -> Iterator[Appointment]:
        """Change an appointment inside this block only: the index of starts follows."""
        self.bookings.remove(contact.number, record)
        try:
            yield record
        finally:
            if not record.deleted:
                self.bookings.add(contact.number, record)
