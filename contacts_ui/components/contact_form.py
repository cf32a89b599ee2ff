"""The fields of a contact as a form asks for them, and what was typed as the engine takes it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from contacts_ui.formatting.custom_fields import link, words
from integrations.activity.field_types import FILES, LISTS, NUMBERS, choices_of
from integrations.activity.models import Contact, FieldDefinition
from integrations.connections.models import Connection
from integrations.sync import commands

CUSTOM = "custom_fields."
PLAIN = (
    ("first_name", "First name", "text"),
    ("last_name", "Last name", "text"),
    ("email", "Email", "email"),
    ("phone", "Phone", "tel"),
    ("company", "Company name", "text"),
    ("source", "Source", "text"),
)
COLUMNS = {"owner_id": "owner_remote_id"}
MANY = ("choices", "lines")
type Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One field. `kind` is text, email, tel, number, date, long, choice, choices, lines or file."""

    name: str
    label: str
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def column(self) -> str:
        return COLUMNS.get(self.name, self.name)


@dataclass(frozen=True, slots=True)
class Control:
    """A question with its answer; `was` is what the person saw before, `error` why it is not taken.

    `is_first`: the person goes on here, at the first that is not taken, else at the first of all.
    """

    question: Question
    value: Value
    was: str = ""
    error: str = ""
    url: str = ""
    is_first: bool = False

    @property
    def id(self) -> str:
        return "field-" + self.question.name.replace(".", "-")


def questions(
    definitions: Iterable[FieldDefinition], users: Sequence[tuple[str, str]], contact: Contact | None = None
) -> list[Question]:
    """What is asked of a contact; a value that is no choice any more stays one where the contact has it."""
    plain = [Question(*one) for one in PLAIN]
    held = values_of(contact) if contact else {}
    owner = Question("owner_id", "Owner", "choice", _choices(users, held.get("owner_id", ""), "No owner"))
    return [*plain, owner, *(_custom(one, held) for one in definitions)]


def _custom(definition: FieldDefinition, held: Mapping[str, Value]) -> Question:
    name, kind = CUSTOM + definition.remote_id, _kind(definition)
    listed = [(one, one) for one in choices_of(definition)] if kind in ("choice", "choices") else []
    known = _choices(listed, held.get(name, ""), "None" if kind == "choice" else "")
    return Question(name, definition.name or f"Field {definition.remote_id}", kind, known if listed else ())


def _kind(definition: FieldDefinition) -> str:
    data_type, has_choices = definition.data_type, bool(choices_of(definition))
    if data_type in FILES:
        return "file"
    if data_type in NUMBERS:
        return "number"
    if data_type in LISTS:
        return "choices" if has_choices else "lines"
    if data_type in ("SINGLE_OPTIONS", "RADIO") and has_choices:
        return "choice"
    return {"DATE": "date", "LARGE_TEXT": "long", "PHONE": "tel"}.get(data_type, "text")


def _choices(listed: Sequence[tuple[str, str]], held: Value, none: str) -> tuple[tuple[str, str], ...]:
    there = [held] if isinstance(held, str) else held
    known = {value for value, _ in listed}
    kept = [(value, f"{value} (no longer offered)") for value in there if value and value not in known]
    return (*((("", none),) if none else ()), *listed, *kept)


def values_of(contact: Contact) -> dict[str, Value]:
    """What a contact has, as inputs hold it."""
    held: dict[str, Value] = {name: getattr(contact, name) for name, *_ in PLAIN}
    held["owner_id"] = contact.owner_remote_id
    for one in contact.custom_fields:
        if isinstance(one, Mapping):
            value = one.get("value")
            held[CUSTOM + str(one.get("id", ""))] = (
                tuple(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
            )
    return held


def shown(question: Question, held: Mapping[str, Value]) -> Value:
    """The value that an input of this kind shows, which is also how it comes back untouched."""
    value = held.get(question.name, "")
    several = value if isinstance(value, tuple) else tuple(filter(None, (value,)))
    if question.kind == "choices":  # a browser sends them in the order of the form
        return tuple(one for one, _ in question.choices if one in several)
    if question.kind == "lines":
        return _lines("\n".join(several))
    text = ", ".join(several)
    return _day(text) if question.kind == "date" else _text(question, text)


def _day(text: str) -> str:
    """A stored date as an input of dates takes it; "" for what is none."""
    try:
        moment = (
            datetime.fromtimestamp(int(text) / 1000, UTC)
            if text.lstrip("-").isdigit()
            else datetime.fromisoformat(text)
        )
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{moment:%Y-%m-%d}"


def posted(asked: Iterable[Question], data: QueryDict) -> dict[str, Value]:
    """What came back."""
    return {one.name: _posted(one, data) for one in asked if one.kind != "file"}


def _posted(question: Question, data: QueryDict) -> Value:
    if question.kind == "choices":
        return tuple(filter(None, data.getlist(question.name)))
    text = data.get(question.name, "")
    return _lines(text) if question.kind == "lines" else _text(question, text)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, text.replace("\r", "\n").split("\n"))))


def _text(question: Question, text: str) -> str:
    """As an input sends it: a browser leaves the breaks out of a single line, and we what surrounds it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if question.kind in ("long", "choice") else text.replace("\n", "").strip()


def was(asked: Iterable[Question], data: QueryDict) -> dict[str, Value]:
    """What the person saw when the form was opened; a field that says nothing of it counts as empty."""
    return {one.name: _read(data.get(f"was.{one.name}", ""), one) for one in asked if one.kind != "file"}


def _read(text: str, question: Question) -> Value:
    many = question.kind in MANY
    try:
        value = json.loads(text) if text else None
    except ValueError:
        value = None
    if many:
        return tuple(map(str, value)) if isinstance(value, list) else ()
    return value if isinstance(value, str) else ""


def data_of(values: Mapping[str, Value], names: Collection[str]) -> dict[str, Any]:
    """The named fields as the engine takes them: an emptied one is None."""
    plain = {name: values[name] or None for name in names if not name.startswith(CUSTOM)}
    custom = {
        name.removeprefix(CUSTOM): list(value)
        if isinstance(value := values[name], tuple) and value
        else value or None
        for name in names
        if name.startswith(CUSTOM)
    }
    return plain | ({"custom_fields": custom} if custom else {})


def controls(
    asked: Iterable[Question],
    held: Mapping[str, Value],
    *,
    contact: Contact | None = None,
    typed: Mapping[str, Value] | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[Control]:
    """The form: what the contact has or what was typed, each with the sentence of what is wrong with it."""
    files = _files(contact) if contact else {}
    made = []
    for one in asked:
        if one.kind == "file":
            made += [Control(one, name, url=url) for name, url in files.get(one.name, [("No file", "")])]
            continue
        before = shown(one, held)
        value = (typed or {}).get(one.name, before)
        made.append(Control(one, value, json.dumps(before), (errors or {}).get(one.name, "")))
    at = next((at for at, one in enumerate(made) if one.error), 0)
    return [replace(one, is_first=number == at) for number, one in enumerate(made)]


def _files(contact: Contact) -> dict[str, list[tuple[str, str]]]:
    """{question: [(file, address)]}."""
    found = {}
    for one in contact.custom_fields:
        if isinstance(one, Mapping) and (name := words(one.get("value"))):
            found[CUSTOM + str(one.get("id", ""))] = [(name, link(one.get("value")))]
    return found


def check(
    operation: str, data: Mapping[str, Any], connection: Connection, *, target: Contact | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """The change that `data` asks for, and by question what cannot be taken, each with its sentence.

    All custom fields are looked up at once, so that only the first of them that is wrong is named.
    """
    now, changes = timezone.now(), dict[str, Any]()
    errors: dict[str, str] = {}
    for name, value in data.items():
        try:
            changes |= commands.asked(operation, {name: value}, connection, target=target, now=now).changes
        except commands.Invalid as invalid:
            errors[invalid.field] = str(invalid)
    return changes, errors
