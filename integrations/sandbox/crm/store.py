"""Holds the records of one sub-account: contacts in full, their children on demand, and every change on top."""

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from typing import Any

from integrations.sandbox.crm.booking_index import BookingIndex
from integrations.sandbox.crm.ordering import Orders
from integrations.sandbox.crm.records import Appointment, Business, Children, Contact, Message, Opportunity
from integrations.sandbox.crm.spoken_index import SpokenIndex
from integrations.sandbox.crm.time_index import TimeIndex
from integrations.sandbox.seed.company import SubAccount
from integrations.sandbox.seed.seeder import Seeder
from integrations.sandbox.seed.stories import conversation_id, deal_id, meeting_id, message_id

COUNTED = 5  # kinds whose numbers are kept
_CACHED_STORIES, _CACHED_DEALS, _CACHED_MESSAGES = 8192, 100_000, 20_000


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
        self.deals = TimeIndex()  # by when they were added
        self._spoken = SpokenIndex()
        self.businesses: dict[str, Business] = {item.id: item for item in seeder.businesses}
        self.former_businesses: dict[str, Business] = {}
        self._changed: dict[int, Children] = {}
        self._cache: OrderedDict[int, Children] = OrderedDict()
        self._listed_deals: list[tuple[Contact, Opportunity]] | None = None  # until anything changes
        self._messages: OrderedDict[int, list[Message]] = OrderedDict()
        self._deals: OrderedDict[int, list[Opportunity]] = OrderedDict()
        # A few small numbers a contact answer most questions about size without making any story.
        self._seeded_counts = array("H")
        self._made = 0
        self._counted: dict[str, int] = {}
        self._counted_at = 0
        self.orders = Orders(lambda: iter(self.contacts))
        for number in range(seeder.size):
            self._plant(number)
        self.bookings.settle()
        self.deals.settle()
        self._spoken.settle()

    def _plant(self, number: int) -> None:
        story = self._seeder.outline(number)
        contact = self._seeder.contact(number, story)
        self.contacts.append(contact)
        self.by_id[contact.id] = contact
        plans = self._seeder.deal_plans(number, story)
        spoken = self._seeder.said(number, story)
        kinds: list[Sized] = [story.notes, story.tasks, story.meetings, plans, spoken]
        self._seeded_counts.extend(map(len, kinds))
        for place, item in enumerate(story.meetings):
            record_id = meeting_id(self._seeder.ids, self.sub.number, number, place, item)
            self.bookings.seed(self.sub.calendars[item.calendar].id, item.start, number, record_id)
        for plan in plans:
            self.deals.seed(plan.added, number, deal_id(self._seeder.ids, self.sub.number, number, plan))

        for place, one in enumerate(spoken):
            record_id = message_id(self._seeder.ids, self.sub.number, number, place)
            is_email = one.channel == "email"
            email_id = self._seeder.ids.of("email", self.sub.number, number, place) if is_email else ""
            self._spoken.seed(one.at, number, record_id, email_id)

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
        self._listed_deals = None
        # From now on the record is no longer what the seed says, so it can never be made again.
        return self._changed.setdefault(contact.number, self.children(contact))

    def exchange(self, contact: Contact, children: Children) -> Children:
        """Let other records hang on a contact from now on; those that did until now."""
        before, self._changed[contact.number] = self.editable(contact), children
        return before

    def counts(self, contact: Contact) -> tuple[int, ...]:
        """How many notes, tasks, appointments, deals and messages there are or were, without making the story."""
        held = self._changed.get(contact.number)
        if held is not None:
            kinds: list[Sized] = [held.notes, held.tasks, held.appointments, held.opportunities, held.messages]
            return tuple(map(len, kinds))
        return tuple(self._seeded_counts[contact.number * COUNTED : (contact.number + 1) * COUNTED])

    def appointment(self, record_id: str) -> tuple[Contact, Appointment] | None:
        """A booking and whose it is, deleted ones included."""
        number = self.bookings.owner(record_id)
        if number is None:
            return None
        contact = self.contacts[number]
        # The index knows whose it is; the story has at most a few hundred.
        found = next((item for item in self.children(contact).appointments if item.id == record_id), None)
        return None if found is None else (contact, found)

    def deals_of(self, contact: Contact) -> list[Opportunity]:
        """A contact's deals, for reading, without the rest of the story."""
        number = contact.number
        held = self._changed.get(number) or self._cache.get(number)
        if held is not None:
            return held.opportunities
        if number not in self._deals:
            self._deals[number] = self._seeder.deals(contact)
            if len(self._deals) > _CACHED_DEALS:
                self._deals.popitem(last=False)
        return self._deals[number]

    def deals_newest_first(self, contact: Contact | None) -> list[tuple[Contact, Opportunity]]:
        """All that live contacts have, or what one of them has."""
        if contact is not None:
            own = (
                [] if contact.deleted else [(contact, deal) for deal in self.deals_of(contact) if not deal.deleted]
            )
            return sorted(own, key=lambda row: (row[1].added, row[1].id), reverse=True)
        if self._listed_deals is None:
            found = (
                (self.contacts[number], place) for _, number, place in self.deals.behind(None, len(self.deals))
            )
            self._listed_deals = [
                (owner, next(deal for deal in self.deals_of(owner) if deal.id == record_id))
                for owner, record_id in found
                if not owner.deleted
            ]
        return self._listed_deals

    def opportunity(self, record_id: str) -> tuple[Contact, Opportunity] | None:
        """A deal and whose it is, deleted ones included."""
        number = self.deals.owner(record_id)
        if number is None:
            return None
        contact = self.contacts[number]
        return contact, next(deal for deal in self.deals_of(contact) if deal.id == record_id)

    def spoken(self, *, is_email: bool, by_change: bool) -> TimeIndex:
        """All messages of live contacts that are, or are not, emails."""
        return self._spoken.times(is_email=is_email, by_change=by_change)

    def messages_of(self, contact: Contact) -> list[Message]:
        """A contact's messages, for reading, without the rest of the story."""
        number = contact.number
        held = self._changed.get(number) or self._cache.get(number)
        if held is not None:
            return held.messages
        if number not in self._messages:
            self._messages[number] = self._seeder.messages(contact)
            if len(self._messages) > _CACHED_MESSAGES:
                self._messages.popitem(last=False)
        return self._messages[number]

    def message_at(self, number: int, record_id: str) -> tuple[Contact, Message]:
        contact = self.contacts[number]
        return contact, next(one for one in self.messages_of(contact) if one.id == record_id)

    def message(self, record_id: str) -> tuple[Contact, Message] | None:
        """A message and whose it is, deleted ones included."""
        number = self._spoken.owner(record_id)
        return None if number is None else self.message_at(number, record_id)

    def email(self, email_id: str) -> tuple[Contact, Message] | None:
        """The message that an email belongs to."""
        return self.message(self._spoken.of_email(email_id))

    def conversation_of(self, contact: Contact) -> str:
        """Everything said with a contact is one conversation."""
        return conversation_id(self._seeder.ids, self.sub.number, contact.number)

    def contact_of_conversation(self, name: str) -> Contact | None:
        found = (contact for contact in self.contacts if name and self.conversation_of(contact) == name)
        return next(found, None)

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
        self._listed_deals = None
        try:
            yield contact
        finally:
            self.orders.add(contact)
            # What was said with somebody who is gone stands in no listing.
            for message in self.messages_of(contact) if contact.deleted else ():
                self.unindex(contact, message)

    @contextmanager
    def reindexing[R](self, contact: Contact, record: R) -> Iterator[R]:
        """Change what hangs on a contact inside this block only: the indexes by time follow."""
        self.unindex(contact, record)
        try:
            yield record
        finally:
            self.index(contact, record)

    def index(self, contact: Contact, record: Any) -> None:
        """Let the listings of the whole sub-account find a record, unless it is deleted."""
        if isinstance(record, Appointment) and not record.deleted:
            self.bookings.add(contact.number, record)
        elif isinstance(record, Opportunity) and not record.deleted:
            self.deals.add(record.added, contact.number, record.id)
        elif isinstance(record, Message) and not record.deleted:
            self._spoken.add(contact.number, record)

    def unindex(self, contact: Contact, record: Any) -> None:
        """The same, undone; its id still leads to its contact."""
        if isinstance(record, Appointment):
            self.bookings.remove(contact.number, record)
        elif isinstance(record, Opportunity):
            self.deals.remove(record.added, contact.number, record.id)
        elif isinstance(record, Message):
            self._spoken.remove(contact.number, record)
