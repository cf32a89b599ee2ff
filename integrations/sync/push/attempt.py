"""One attempt at a write: what it works on, what it may read and store, and how it ends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from integrations.activity.kinds import MODELS
from integrations.activity.models import ActivityEntry
from integrations.activity.records import Record
from integrations.connections.ports import Absent, Reader, Target
from integrations.sync.models import Write
from integrations.sync.models.writes import fields_of
from integrations.sync.push import waiting
from integrations.sync.push.operations import Operation
from integrations.sync.push.outcome import ours, persist, row_of, settle, system
from integrations.sync.push.same import same
from integrations.sync.push.waiting import NotShown
from integrations.sync.queue import Clock

# What is to be sent, or the state in which the write ended without.
type Step = Mapping[str, Any] | str


@dataclass(slots=True)
class Attempt:
    """A claimed write with a reader of its connection."""

    write: Write
    reader: Reader
    clock: Clock

    @property
    def changes(self) -> Mapping[str, Any]:
        """All that was asked for."""
        wanted: Mapping[str, Any] = self.write.changes
        return wanted

    @property
    def row(self) -> Operation:
        return row_of(self.write)

    @property
    def system(self) -> str:
        return system(self.write)

    @property
    def target(self) -> Target:
        """What is sent to. Whose it is may have changed since it was asked for: contacts are merged."""
        write, kept = self.write, self.write.target
        contact_id = getattr(kept, "contact_remote_id", write.remote_id)
        if kept is None and write.contact is not None:
            contact_id = write.contact.remote_id
        return Target(write.kind, write.remote_id, contact_id)

    def read(self) -> Record:
        """The record as the provider has it. Raises Absent where it is gone, or marked as such."""
        target = self.target
        record = self.reader.one(self.row.stream, target.remote_id, target.contact_id)
        if record.is_deleted:
            raise Absent(f"The {self.row.kind} is marked as deleted.")
        return record

    def store(self, record: Record, asked_at: datetime) -> None:
        """Keep what was read, unless the write was taken back, purged or taken over meanwhile."""
        record = _timed(record, self.clock())
        persist(self.write, self.clock).store(self.row.stream, [record], asked_at, revives=True)

    def forget(self) -> None:
        """Turn the cached row of what is gone into a tombstone."""
        if self.write.target is not None:
            persist(self.write, self.clock).remove_all(self.row.stream, [self.write.target.pk])

    def link(self) -> None:
        """Point the write to the cached row of the record that it made."""
        write, model = self.write, MODELS[self.row.stream]
        found = model._default_manager.filter(connection=write.connection_id, remote_id=write.remote_id).first()
        if found is not None and write.target_id != found.pk:
            write.target, write.target_id = found, found.pk
            if write.kind == "contact":
                write.contact_id = found.pk
            ours(write).update(target_id=write.target_id, contact=write.contact_id)

    def credit(self) -> None:
        """Say on its timeline row who made it here: the provider may name whoever connected the account."""
        made = ActivityEntry.objects.filter(kind=self.write.kind, source_id=self.write.target_id)
        made.update(made_by=self.write.actor_id)

    def settle(self, state: str, reason: str = "", **how: bool) -> str:
        return settle(self.write, state, reason, "", **how)

    def differs(self, theirs: Record, sent: Mapping[str, Any]) -> list[str]:
        """The fields that do not show what was sent, though not every empty one is kept as such."""
        seen = fields_of(theirs, sent)
        return [name for name, wanted in sent.items() if not same(name, seen[name], wanted)]

    def wait_for_echo(self) -> None:
        """Raises NotShown while what may have arrived is only looked for, and where it was accepted twice."""
        write = self.write
        if write.sent_at is None:
            return
        accepted = write.accepted_at or write.sent_at
        wait = waiting.until_next_look(max(write.sent_at, accepted), self.clock())
        if wait or write.sent_at > accepted:
            raise NotShown(wait)

    def remember(self, **changes: Any) -> None:
        """Keep what was learnt on the way, in the row and here."""
        for name, value in changes.items():
            setattr(self.write, name, value)
        ours(self.write).update(**changes)


def labels(names: Iterable[str]) -> str:
    """Columns as people say them."""
    words = [name.removesuffix("_remote_id").removesuffix("_at").replace("_", " ") for name in names]
    return ", ".join(word.partition(".")[0] for word in words)


def _timed(record: Record, now: datetime) -> Record:
    """A single read tells no time of change; without one a completion would be filed under its last edit."""
    if getattr(record, "updated_at", now) is None:
        return replace(record, updated_at=now)  # type: ignore[call-arg]
    return record
