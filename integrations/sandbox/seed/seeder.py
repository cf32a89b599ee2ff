"""The seeded part of one sub-account: makes any contact, outline or set of children on demand, always the same."""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import blake2b
from random import Random

from integrations.sandbox.crm.records import Business, Children, Contact, Message, Opportunity
from integrations.sandbox.seed import people
from integrations.sandbox.seed.company import SubAccount
from integrations.sandbox.seed.deals import DealPlan, plans
from integrations.sandbox.seed.firms import businesses
from integrations.sandbox.seed.ids import IdScheme
from integrations.sandbox.seed.moments import Almanac, epoch_ms
from integrations.sandbox.seed.outline import GIANT, Meeting, Outline, Shape, outline
from integrations.sandbox.seed.stories import Storyteller
from integrations.sandbox.seed.threads import Said, said

_SPREAD = 0x9E3779B97F4A7C15  # an odd constant that keeps the seeds of neighbours far apart
_APART = (
    0x632BE59BD9B4E019  # four draws a contact have room beside each other; what comes after them lies elsewhere
)
_MASK = (1 << 64) - 1


class Seeder:
    """Everything about a sub-account that follows from the seed. Keeps no contact: that is the store's work."""

    def __init__(
        self,
        ids: IdScheme,
        sub: SubAccount,
        today: date,
        now: int,
        size: int,
        shape: Shape,
        how_many_businesses: int,
    ) -> None:
        self.ids, self.sub, self.size = ids, sub, size
        self.almanac = Almanac(sub.zone, today, now)
        self.businesses: list[Business] = businesses(ids, sub.number, sub.place, self.almanac, how_many_businesses)
        self._shape = shape
        self._minutes = [calendar.minutes for calendar in sub.calendars]
        self._base = int.from_bytes(blake2b(f"{ids.seed}:{sub.number}".encode(), digest_size=8).digest())
        self._storyteller = Storyteller(ids, sub, now)

    def contact_id(self, number: int) -> str:
        return self.ids.of("contact", self.sub.number, number)

    def outline(self, number: int) -> Outline:
        """When what happened with this contact; cheap, so that it is not kept."""
        rng = self._rng(number, "outline")
        has_giant = self.sub.number == 0 and self.size > 2 * GIANT
        counts = self._shape.counts(rng, number, has_giant=has_giant)
        story = outline(rng, self.almanac, counts, self._minutes)
        # Only the busy contact works at night.
        if len(story.meetings) > 100:
            story.meetings[:2] = _night_works(self.sub, story)
            story.meetings.sort()
        return story

    def contact(self, number: int, story: Outline) -> Contact:
        rng = self._rng(number, "person")
        return people.contact(
            rng, self.sub, self.businesses, self.contact_id(number), number, story, self.almanac.now
        )

    def children(self, contact: Contact) -> Children:
        """What hangs on a seeded contact, as it was before anybody changed any of it."""
        story = self.outline(contact.number)
        rng, words = self._words(contact, story)
        children = self._storyteller.children(rng, contact, words, story)
        children.opportunities, children.messages = self.deals(contact), self.messages(contact)
        return children

    def deal_plans(self, number: int, story: Outline) -> list[DealPlan]:
        """Which deals a contact has; cheap, so that it is not kept."""
        return plans(self._rng(number, "deals"), story, self.almanac.now, self._shape.deals(number))

    def deals(self, contact: Contact) -> list[Opportunity]:
        """The deals of a seeded contact alone."""
        story = self.outline(contact.number)
        rng, words = self._words(contact, story)
        return self._storyteller.deals(rng, contact, words, self.deal_plans(contact.number, story))

    def said(self, number: int, story: Outline) -> list[Said]:
        """What was said when with a contact; cheap, so that it is not kept."""
        return said(self._rng(number, "talk"), story, self.almanac.now, self._shape.messages(number))

    def messages(self, contact: Contact) -> list[Message]:
        """The messages of a seeded contact alone."""
        story = self.outline(contact.number)
        rng, words = self._words(contact, story)
        return self._storyteller.messages(rng, contact, words, self.said(contact.number, story))

    def _words(self, contact: Contact, story: Outline) -> tuple[Random, list[Mapping[str, str]]]:
        """What each piece of work of a contact is about, and the draws that go on from there."""
        rng = self._rng(contact.number, "story")
        sector = next((item.sector for item in self.businesses if item.id == contact.business_id), "")
        if not sector:
            sector = people.workplace(rng, ())[2]
        return rng, self._storyteller.words(rng, contact, sector, story.works)

    def _rng(self, number: int, part: str) -> Random:
        salt = {"deals": 0, "talk": 0, "outline": 1, "person": 2, "story": 3}[part]
        return Random((self._base + (number * 4 + salt) * _SPREAD + (part == "talk") * _APART) & _MASK)


def _night_works(sub: SubAccount, story: Outline) -> list[Meeting]:
    """Two appointments in the nights in which clocks change, for whoever converts local times too simply."""
    first = story.meetings[0]
    year = first._replace(minutes=90, calendar=3, stage="works", recurring=False)
    nights = _clock_changes(sub)
    return [year._replace(start=start, added=min(first.added, start)) for start in nights]


def _clock_changes(sub: SubAccount) -> list[int]:
    """The first pass of the repeated hour in autumn 2025, and the hour after the gap of spring 2026."""
    if sub.place.country == "GB":
        moments = (datetime(2025, 10, 26, 1, 20), datetime(2026, 3, 29, 3, 10))
    else:
        moments = (datetime(2025, 11, 2, 1, 20), datetime(2026, 3, 8, 3, 10))
    return [epoch_ms(moment.replace(tzinfo=sub.zone)) for moment in moments]
