"""Whom the tasks of a template go to for one contact; where that person has left, whoever applies it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from contacts_ui.components.owners import UNNAMED
from integrations.activity.models import Contact
from integrations.activity.task_templates import CONTACT_OWNER


@dataclass(frozen=True, slots=True)
class Assignee:
    """`remote_id` is "" for whoever applies the template; `why` says why it is not the person asked for."""

    remote_id: str
    name: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Assignees:
    """Users of an account by remote id, those who left among the `known`; `me` is whoever applies it, or ""."""

    present: Mapping[str, str]
    known: Mapping[str, str]
    me: str
    system: str

    def of(self, wanted: str, contact: Contact) -> Assignee:
        """Who a step's word for its assignee comes to."""
        if not wanted:
            return self._mine
        remote_id = contact.owner_remote_id if wanted == CONTACT_OWNER else wanted
        if remote_id == self.me and remote_id in self.present:
            return replace(self._mine, remote_id=remote_id)
        if remote_id in self.present:
            return Assignee(remote_id, self.present[remote_id] or UNNAMED)
        instead = "it goes to you" if self.me in self.present else "nobody is assigned"
        return replace(self._mine, why=f"{self._missing(remote_id)}, so {instead}.")

    @property
    def _mine(self) -> Assignee:
        return Assignee("", "You" if self.me in self.present else "Nobody")

    def _missing(self, remote_id: str) -> str:
        if not remote_id:
            return "The contact has no owner"
        return f"{self.known.get(remote_id) or UNNAMED} is no longer in {self.system}"
