"""Fills the skeleton of a contact's story with words: its notes, tasks and appointments."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from random import Random

from integrations.sandbox.crm.records import Appointment, Children, Contact, Message, Note, Opportunity, Task
from integrations.sandbox.seed.company import SubAccount
from integrations.sandbox.seed.deals import DealPlan
from integrations.sandbox.seed.ids import IdScheme
from integrations.sandbox.seed.message_texts import email_body, email_subject, message_text
from integrations.sandbox.seed.moments import MINUTE
from integrations.sandbox.seed.note_texts import note_body, note_color, note_title, pick, sentence_case
from integrations.sandbox.seed.outline import Job, Meeting, Outline
from integrations.sandbox.seed.projects import project
from integrations.sandbox.seed.task_texts import meeting_notes, meeting_title, task_body, task_title
from integrations.sandbox.seed.threads import Said

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

    def words(self, rng: Random, contact: Contact, sector: str, works: int) -> list[Mapping[str, str]]:
        """The slots of each piece of work."""
        return [self._words(rng, contact, sector) for _ in range(works)]

    def children(
        self, rng: Random, contact: Contact, words: Sequence[Mapping[str, str]], story: Outline
    ) -> Children:
        """Every note, task and appointment of the outline, in its order."""
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

    def deals(
        self, rng: Random, contact: Contact, words: Sequence[Mapping[str, str]], plans: Sequence[DealPlan]
    ) -> list[Opportunity]:
        """The deals of these plans, in their order."""
        return [self._deal(rng, contact, words[plan.work % len(words)], plan) for plan in plans]

    def messages(
        self, rng: Random, contact: Contact, words: Sequence[Mapping[str, str]], said: Sequence[Said]
    ) -> list[Message]:
        """What was said, in words."""
        return [
            self._message(rng, contact, words[one.work % len(words)], number, one)
            for number, one in enumerate(said)
        ]

    def _message(self, rng: Random, contact: Contact, words: Mapping[str, str], number: int, one: Said) -> Message:
        is_email, is_call = one.channel == "email", one.channel == "call"
        text = email_body if is_email else message_text
        body = "" if is_call else text(rng, one.stage, words, inbound=one.inbound)
        return Message(
            id=message_id(self._ids, self._sub.number, contact.number, number),
            contact_id=contact.id,
            conversation_id=conversation_id(self._ids, self._sub.number, contact.number),
            channel=one.channel,
            inbound=one.inbound,
            body=body,
            added=one.at,
            updated=one.at,
            status=_status(one),
            outcome=one.outcome or "completed",
            seconds=one.seconds,
            subject=email_subject(rng, words) if is_email else None,
            email_id=self._ids.of("email", self._sub.number, contact.number, number) if is_email else "",
            attachments=_attachments(rng, one),
            user_id=None if one.inbound else self._someone(rng, contact),
            source="workflow" if not one.inbound and rng.random() < 0.12 else "app",
        )

    def _deal(self, rng: Random, contact: Contact, words: Mapping[str, str], plan: DealPlan) -> Opportunity:
        pipeline = next(item for item in self._sub.pipelines if item.name == plan.pipeline)
        is_care = plan.pipeline == "Care plans"
        price = int("".join(letter for letter in words["price"] if letter.isdigit()))
        return Opportunity(
            id=deal_id(self._ids, self._sub.number, contact.number, plan),
            contact_id=contact.id,
            name=sentence_case(f"{'care plan' if is_care else words['material']}, {words['building']}"),
            pipeline_id=pipeline.id,
            stage_id=next(stage for stage, name in pipeline.stages if name == plan.stage),
            status=plan.status,
            value=price // 40 // 10 * 10 if is_care else price,
            added=plan.added,
            updated=max(plan.moved, plan.closed),
            stage_changed=plan.moved,
            status_changed=plan.closed,
            owner=self._someone(rng, contact) if rng.random() < 0.95 else None,
            source=contact.source,
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


def _status(one: Said) -> str:
    if one.channel == "call":
        return "connected" if one.outcome == "completed" else "undelivered"
    return "opened" if one.channel == "email" and not one.inbound else "delivered"


def _attachments(rng: Random, one: Said) -> tuple[str, ...]:
    """The recording of a call that somebody took; now and then a picture or a paper."""
    folder = "https://files.cedarline.example"
    if one.channel == "call":
        return (f"{folder}/recordings/{one.at}.mp3",) if one.seconds > 60 or one.outcome == "voicemail" else ()
    if rng.random() > (0.3 if one.channel == "email" else 0.08):
        return ()
    return (f"{folder}/{'papers/quote' if one.channel == 'email' else 'photos/roof'}-{one.at % 10_000}.pdf",)


def message_id(ids: IdScheme, place: int, contact: int, number: int) -> str:
    return ids.of("message", place, contact, number)


def conversation_id(ids: IdScheme, place: int, contact: int) -> str:
    return ids.of("conversation", place, contact)


def deal_id(ids: IdScheme, place: int, contact: int, plan: DealPlan) -> str:
    return ids.of("opportunity", place, contact, plan.work)


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
