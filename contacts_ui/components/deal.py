"""A deal as pages show it: how far it has come, what it is worth, how it ended."""

from __future__ import annotations

from dataclasses import dataclass

from contacts_ui.components.appointment_status import AppointmentStatus
from contacts_ui.formatting.custom_fields import words
from integrations.activity.entry_queries import Entry
from integrations.activity.kinds import opportunity

ENDED = {
    "opportunity.won": AppointmentStatus("Won", "check", "ok"),
    "opportunity.lost": AppointmentStatus("Lost", "x"),
    "opportunity.abandoned": AppointmentStatus("Abandoned", "x"),
}
UNDER_WAY = AppointmentStatus("Open", "handshake", "accent")


@dataclass(frozen=True, slots=True)
class Deal:
    """`value` is an amount without a currency, which the system does not tell."""

    pk: int
    name: str
    stage: str
    pipeline: str
    value: str
    badge: AppointmentStatus

    @property
    def verb(self) -> str:
        """What happened to it, as its row begins."""
        return "opened" if self.badge is UNDER_WAY else self.badge.word.lower()


def deal_of(entry: Entry) -> Deal | None:
    """The deal of an entry; None for a change of one."""
    if entry.type == opportunity.CHANGED:
        return None
    facts = entry.facts
    return Deal(
        pk=entry.pk,
        name=entry.title,
        stage=facts.get("stage", ""),
        pipeline=facts.get("pipeline", ""),
        value=words(facts.get("value")),
        badge=ENDED.get(entry.type, UNDER_WAY),
    )
