"""Reads that lag behind writes: a write is accepted and done, and for a while no answer shows what it did."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, fields
from typing import Any

from integrations.sandbox.crm.contact_writes import holders
from integrations.sandbox.crm.records import Children, Contact
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.http.messages import Answer, Call


@dataclass(slots=True, eq=False)
class _Held:
    """A contact with all that hangs on it as it was before a write; `until` is None for the next write to it."""

    store: LocationStore
    contact: Contact
    values: dict[str, Any]
    children: Children
    until: float | None

    def swap(self) -> None:
        """Put the past in the place of the present and keep that instead: done twice, nothing has changed."""
        store, contact = self.store, self.contact
        for item in store.editable(contact).appointments:
            store.unindex(contact, item)
        present = _values(contact)
        with store.changing(contact):
            for name, value in self.values.items():
                setattr(contact, name, value)
        self.values, self.children = present, store.exchange(contact, self.children)
        for item in store.children(contact).appointments:
            store.index(contact, item)


@dataclass(slots=True)
class _Plan:
    operation: str
    seconds: float | None
    times: int


@dataclass(slots=True)
class Lag:
    """Which writes to come are shown late, and what is held back now, the oldest first. Hold the world's lock."""

    plans: list[_Plan] = field(default_factory=list)
    held: list[_Held] = field(default_factory=list)

    def plan(self, operation: str, seconds: float | None, times: int) -> None:
        self.plans.append(_Plan(operation, seconds, times))

    @contextmanager
    def reading(self, now: float) -> Iterator[None]:
        """The world as it is shown; the truth comes back at the end of the block."""
        self.held = [one for one in self.held if one.until is None or now < one.until]
        for one in reversed(self.held):
            one.swap()
        try:
            yield
        finally:
            for one in self.held:
                one.swap()

    def writing(self, operation: str, call: Call, write: Callable[[], Answer]) -> Answer:
        """The write, held back when it was planned to be. Before it, everything is as it is in truth."""
        plan = next((one for one in self.plans if one.operation in ("*", operation) and one.times > 0), None)
        if plan is None and not self.held:
            return write()
        people = _people(call)
        # A second write brings the first to light.
        self.held = [one for one in self.held if one.until is not None or one.contact not in people]
        if plan is None:
            return write()
        plan.times -= 1
        until = None if plan.seconds is None else call.world.clock() + plan.seconds
        before = [_held(call.store, contact, until) for contact in people]
        answer = write()
        self.held += before or _unborn(call.store, answer, until)
        return answer


def _held(store: LocationStore, contact: Contact, until: float | None) -> _Held:
    return _Held(store, contact, _values(contact), deepcopy(store.editable(contact)), until)


def _unborn(store: LocationStore, answer: Answer, until: float | None) -> list[_Held]:
    """A write that named nobody made somebody, who was not there before."""
    made = [store.by_id[record_id] for record_id in answer.touched if record_id in store.by_id]
    return [_Held(store, contact, _values(contact) | {"deleted": True}, Children(), until) for contact in made]


def _values(contact: Contact) -> dict[str, Any]:
    return {one.name: getattr(contact, one.name) for one in fields(contact)}


def _people(call: Call) -> list[Contact]:
    """Whom a write may change: those named in path and body, and who has the addresses in it."""
    store, body, params = call.store, call.body, call.params
    named = [params.get("contact_id"), body.get("contactId")]
    for key in ("ids", "contacts"):
        named += body[key] if isinstance(body.get(key), list) else []
    booked = store.appointment(params.get("event_id", ""))
    people = [store.by_id[one] for one in map(str, named) if one in store.by_id]
    people += [booked[0]] if booked else []
    people += holders(store, body).values()
    return list({contact.id: contact for contact in people}.values())
