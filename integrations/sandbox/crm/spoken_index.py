"""Finds messages by time and by id without making any contact's story; emails apart from all others."""

from integrations.sandbox.crm.records import Message
from integrations.sandbox.crm.time_index import TimeIndex

_BY_CHANGE = (False, True)


class SpokenIndex:
    """By whether it is an email, and whether by change rather than by addition."""

    def __init__(self) -> None:
        self._times = {(mail, change): TimeIndex() for mail in (False, True) for change in _BY_CHANGE}
        self._emails: dict[str, str] = {}  # id of a message by that of its email

    def seed(self, at: int, number: int, record_id: str, email_id: str) -> None:
        """Adds without sorting; call `settle` once after the last. No `email_id` means that it is none."""
        for change in _BY_CHANGE:
            self._times[bool(email_id), change].seed(at, number, record_id)
        if email_id:
            self._emails[email_id] = record_id

    def settle(self) -> None:
        for times in self._times.values():
            times.settle()

    def times(self, *, is_email: bool, by_change: bool) -> TimeIndex:
        return self._times[is_email, by_change]

    def add(self, number: int, message: Message) -> None:
        for change in _BY_CHANGE:
            at = message.updated if change else message.added
            self._times[message.channel == "email", change].add(at, number, message.id)
        if message.email_id:
            self._emails[message.email_id] = message.id

    def remove(self, number: int, message: Message) -> None:
        """Its id still leads to its contact."""
        for change in _BY_CHANGE:
            at = message.updated if change else message.added
            self._times[message.channel == "email", change].remove(at, number, message.id)

    def owner(self, record_id: str) -> int | None:
        """The number of the contact that a message belongs to."""
        owners = (self._times[mail, False].owner(record_id) for mail in (False, True))
        return next((owner for owner in owners if owner is not None), None)

    def of_email(self, email_id: str) -> str:
        """The id of the message that an email belongs to; empty for none."""
        return self._emails.get(email_id, "")
