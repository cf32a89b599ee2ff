"""What the rows of a timeline are drawn with beside their entries: names, changes under way, who may do what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contacts_ui.components.owners import Person
from contacts_ui.components.pending import Pending
from contacts_ui.formatting import custom_fields
from integrations.activity.entry_queries import Entry
from integrations.sync.health.writes import Write


@dataclass(frozen=True, slots=True)
class Rights:
    """Which notes somebody may change: every one, else those of one author and some others."""

    every: bool = False
    author: str = ""
    notes: frozenset[int] = frozenset()

    def cover(self, entry: Entry) -> bool:
        is_author = bool(self.author) and entry.actor_remote_id == self.author
        return self.every or is_author or entry.source_id in self.notes


NO_RIGHTS = Rights()


@dataclass(frozen=True, slots=True)
class TimelineContext:
    """Names for the ids in entries, the writes to show with tasks, if there may be any, and who looks, and
    whether they oversee the account or are an admin of it.

    `pending` are the other changes that are not settled, by kind and key of the record.
    """

    owners: Mapping[str, Person]
    definitions: Mapping[str, custom_fields.Definition]
    writes: Mapping[int, Write]
    lock: str
    system: str
    viewer: int
    oversees: bool
    now: datetime
    manages: bool = False
    has_writes: bool = True
    conversation_url: str = ""
    contact_url: str = ""
    pending: Mapping[tuple[str, int], Pending] = field(default_factory=dict)
    rights: Rights = NO_RIGHTS
    makers: Mapping[int, Person] = field(default_factory=dict)  # people of ours, by key

    def pending_of(self, entry: Entry) -> Pending | None:
        return self.pending.get((entry.kind, entry.source_id or 0))

    def editor_of(self, entry: Entry) -> Person | None:
        """Who of ours edited it here, as long as nobody did since over there."""
        return self.makers.get(entry.facts.get("edited_by", 0))
