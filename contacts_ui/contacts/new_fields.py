"""The custom fields that a new contact may have: asked by their type, in groups, folded where they are many."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from contacts_ui.components.contact_form import CUSTOM, Control, Question, Value, posted
from integrations.activity.shown_fields import fields_to_edit
from integrations.workspace.models import Workspace

MOST_FIELDS = 100
FEW = 4  # stand open: folding them would hide more than it tidies


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading; without one where there is only one group."""

    label: str
    controls: tuple[Control, ...]


@dataclass(frozen=True, slots=True)
class MoreFields:
    """`files` are fields that cannot be filled in here, `unlisted` how many are not offered at all."""

    groups: tuple[Group, ...]
    count: int
    is_open: bool
    files: tuple[str, ...]
    unlisted: int


@dataclass(frozen=True, slots=True)
class Offered:
    """The definitions that a form offers, those that profiles show first, and how many are left out."""

    definitions: Sequence[Any]
    unlisted: int

    @property
    def shown(self) -> frozenset[str]:
        """The questions of fields that profiles show."""
        return frozenset(CUSTOM + one.remote_id for one in self.definitions if one.is_shown)


@dataclass(frozen=True, slots=True)
class Moved:
    """What was filled in for another account: values by this one's questions, and the labels of the others."""

    values: Mapping[str, Value]
    left_out: tuple[str, ...] = ()


def moved(before: Iterable[Question], asked: Sequence[Question], data: QueryDict) -> Moved:
    """Each value goes to the field of the same name and type, as far as that takes it."""
    kept, left_out = dict[str, Value](), []
    for one in before:
        value = posted([one], data).get(one.name)
        there = next((other for other in asked if _are_alike(one, other)), None)
        if value and there and _takes(there, value):
            kept[there.name] = value
        elif value:
            left_out.append(one.label)
    return Moved(kept, tuple(left_out))


def _are_alike(one: Question, other: Question) -> bool:
    is_custom = one.name.startswith(CUSTOM) and other.name.startswith(CUSTOM)
    alike = (one.label.casefold(), one.kind) == (other.label.casefold(), other.kind)
    return one.name == other.name or (is_custom and alike)


def _takes(question: Question, value: Value) -> bool:
    offered = {choice for choice, _ in question.choices}
    return not offered or offered.issuperset([value] if isinstance(value, str) else value)


def offered_in(workspace: Workspace) -> Offered:
    """Up to two queries."""
    definitions, total = fields_to_edit(workspace, at_most=MOST_FIELDS)
    return Offered(definitions, total - len(definitions))


def parted(controls: Iterable[Control], offered: Offered) -> tuple[list[Control], MoreFields]:
    """What every contact is asked, and the custom fields. What is filled in or wrong is never folded away."""
    every = list(controls)
    plain = [one for one in every if not one.question.name.startswith(CUSTOM)]
    custom = [one for one in every if one.question.name.startswith(CUSTOM) and one.question.kind != "file"]
    files = tuple(one.question.label for one in every if one.question.kind == "file")
    is_open = len(custom) <= FEW or any(one.value or one.error for one in custom)
    return plain, MoreFields(_groups(custom, offered.shown), len(custom), is_open, files, offered.unlisted)


def _groups(controls: Sequence[Control], shown: Collection[str]) -> tuple[Group, ...]:
    on_profiles = tuple(one for one in controls if one.question.name in shown)
    others = tuple(one for one in controls if one.question.name not in shown)
    if on_profiles and others:
        return Group("Shown on profiles", on_profiles), Group("Other fields", others)
    return (Group("", on_profiles or others),) if controls else ()


def has_strangers(asked: Iterable[Question], data: QueryDict) -> bool:
    """Whether a custom field was filled in that the form does not ask: of another account, or gone meanwhile."""
    known = {one.name for one in asked}
    return any(name.startswith(CUSTOM) and name not in known and any(data.getlist(name)) for name in data)
