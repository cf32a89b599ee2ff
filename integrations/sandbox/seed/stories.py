"""Fills the skeleton of a contact's story with words: its notes, tasks and appointments."""

from collections.abc import Mapping
from dataclasses import asdict
from random import Random

from integrations.sandbox.crm.records import Appointment, Children, Contact, Note, Task
from integrations.sandbox.seed.company import SubAccount
from integrations.sandbox.seed.ids import IdScheme
from integrations.sandbox.seed.moments import MINUTE
from integrations.sandbox.seed.note_texts import note_body, note_color, note_title, pick
from integrations.sandbox.seed.outline import Job, Meeting, Outline
from integrations.sandbox.seed.projects import project
from integrations.sandbox.seed.task_texts import meeting_notes, meeting_title, task_body, task_title

# Of a hundred past appointments; the last value is one that no document of the vendor names.
_PAST_STATUS = (
    ["showed"] * 66
    + ["cancelled"] * 10
    + ["noshow"] * 8
    + ["confirmed"] * 8
    + ["completed"] * 5
    + ["invalid", "active"]
) + ["rescheduled"]
_FUTURE_STATUS = ["confirmed"] * 7 + ["new"] * 2 + ["cancelled"]


class Storyteller:
    """Writes the children of contacts of one sub-account; the same seed gives the same words."""

    def __init__(self, ids: IdScheme, sub: SubAccount, now: int) -> None:
        self._ids, self._sub, self._now = ids, sub, now

    def children(self, rng: Random, contact: Contact, sector: str, story: Outline) -> Children:
        """Every note, task and appointment of the outline, in its order."""
        words = [self._words(rng, contact, sector) for _ in range(story.works)]
        return Children(
            [
                self._note(rng, contact, words[beat.work], number, beat.at, beat.stage)
                for number, beat in enumerate(story.notes)
            ],
            [self._task(rng, contact, words[job.work], number, job) for number, job in enumerate(story.tasks)],
            [
                self._meeting(rng, contact, words[item.work], number, item)
                for number, item in enumerate(story.meetings)
            ],
        )

    def _words(self, rng: Random, contact: Contact, sector: str) -> Mapping[str, str]:
        """The slots of one piece of work."""
        work = project(rng, sector, self._sub.place.currency, self._sub.place.area_unit)
        return asdict(work) | {
            "first": _spoken_name(contact),
            "owner": pick(rng, self._sub.staff).first_name,
            "firm": contact.company or contact.name,
        }

    def _note(
        self, rng: Random, contact: Contact, words: Mapping[str, str], number: int, at: int, stage: str
    ) -> Note:
        titled = rng.random()
        return Note(
            id=self._ids.of("note", self._sub.number, contact.number, number),
            contact_id=contact.id,
            body=note_body(rng, stage, words),
            added=at,
            user_id=self._someone(rng, contact) if rng.random() < 0.95 else None,
            # One draw for all three, so that pinned notes have a title and a colour.
            title=note_title(rng) if titled < 0.12 else None,
            color=note_color(rng) if titled < 0.09 else None,
            pinned=titled < 0.045,
        )

    def _task(self, rng: Random, contact: Contact, words: Mapping[str, str], number: int, job: Job) -> Task:
        return Task(
            id=self._ids.of("task", self._sub.number, contact.number, number),
            contact_id=contact.id,
            title=task_title(rng, job.stage, words),
            due=job.due,
            added=job.added,
            updated=job.done or job.added + int(rng.random() * (min(self._now, job.due) - job.added) * 0.1),
            body=task_body(rng, words),
            owner=self._someone(rng, contact) if rng.random() < 0.92 else None,
            completed=bool(job.done),
            # A few tombstones: the search of the sub-account must show them.
            deleted=rng.random() < 0.015,
        )

    def _meeting(
        self, rng: Random, contact: Contact, words: Mapping[str, str], number: int, item: Meeting
    ) -> Appointment:
        past = item.start < self._now
        return Appointment(
            id=meeting_id(self._ids, self._sub.number, contact.number, number, item),
            contact_id=contact.id,
            calendar_id=self._sub.calendars[item.calendar].id,
            title=meeting_title(rng, item.stage, words),
            start=item.start,
            end=item.start + item.minutes * MINUTE,
            status=pick(rng, _PAST_STATUS if past else _FUTURE_STATUS),
            added=item.added,
            updated=min(self._now, item.start + 2 * item.minutes * MINUTE) if past else item.added,
            owner=self._someone(rng, contact) if rng.random() < 0.95 else None,
            address=contact.address if item.calendar in (1, 3, 4) else pick(rng, _PLACES_TO_TALK),
            notes=meeting_notes(rng, words),
            master_id=self._ids.of("appointment", self._sub.number, contact.number, number)
            if item.recurring
            else None,
            rrule="RRULE:FREQ=MONTHLY;INTERVAL=6" if item.recurring else None,
        )

    def _someone(self, rng: Random, contact: Contact) -> str:
        """Mostly the owner of the contact."""
        if contact.owner and rng.random() < 0.72:
            return contact.owner
        return pick(rng, self._sub.staff).id


def _spoken_name(contact: Contact) -> str:
    """What a colleague calls the person: without title, initial or the capitals that somebody typed."""
    parts = [part for part in contact.first_name.split() if not part.endswith(".") and part != "Mrs"]
    spoken = parts[0] if parts else contact.last_name
    return spoken.capitalize() if spoken.isupper() or spoken.islower() else spoken


def meeting_id(ids: IdScheme, place: int, contact: int, number: int, item: Meeting) -> str:
    """Instances of a series carry the series' id, their own start and a number of seconds."""
    base = ids.of("appointment", place, contact, number)
    return f"{base}_{item.start}_{item.minutes * 60}" if item.recurring else base


_PLACES_TO_TALK = (
    None,
    "By phone",
    "https://meet.example/cedarline",
    "Our office, 2nd floor",
    "Café across the street",
)
