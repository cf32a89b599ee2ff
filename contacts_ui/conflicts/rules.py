"""The rules of one account: for each kind and field, who wins when two people change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from contacts_ui.components import fields
from contacts_ui.components.field_names import Names, custom_fields
from integrations.connections.models import Connection
from integrations.sync.health import conflicts
from integrations.sync.health.conflicts import Policy
from integrations.sync.health.fields import CUSTOM
from integrations.workspace.models import Workspace

CONTACT, ANY = "contact", ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: `name` of its select in the form, and which of the choices is chosen."""

    kind: str
    field: str
    label: str
    chosen: str

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.field}"

    @property
    def is_any(self) -> bool:
        """Whether it is for all fields of the kind that have no rule of their own."""
        return self.field == ANY


def rules_of(workspace: Workspace, connection: Connection) -> dict[str, list[Rule]]:
    """All rules that may be set, by kind; the one for every field first. Two queries."""
    names = Names(custom=custom_fields([connection.pk]))
    known = conflicts.policies_of(workspace)
    found = {}
    for kind, columns in conflicts.fields_of_kinds().items():
        columns = [*columns, *(CUSTOM + key for _, key in names.custom)] if kind == CONTACT else columns
        each = [(one, fields.label(kind, one, connection.pk, names)) for one in columns]
        rules = [Rule(kind, one, label, known.get((kind, one), "")) for one, label in each]
        found[kind] = [Rule(kind, ANY, "All other fields", known.get((kind, ANY), Policy.ASK)), *rules]
    return found


def choices(system: str) -> list[tuple[str, str]]:
    """What a rule may say."""
    return [
        (Policy.ASK, "Ask"),
        (Policy.THEIRS, f"{system} wins"),
        (Policy.MINE, "Your team wins"),
        (Policy.LATEST, "The latest change wins"),
    ]


def changed(rules: Mapping[str, list[Rule]], query: QueryDict) -> list[tuple[str, str, str]]:
    """What a form asks for that is not so yet: kind, field and policy. Anything unknown in it is ignored."""
    asked = []
    for rule in (rule for each in rules.values() for rule in each):
        wanted = query.get(rule.name, rule.chosen)
        if wanted != rule.chosen and (wanted in Policy.values or (wanted == "" and not rule.is_any)):
            asked.append((rule.kind, rule.field, wanted))
    return asked
