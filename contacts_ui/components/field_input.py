"""The input for one field of a change: the right sort for its type, and what was typed read back.

Moments are typed in the reader's zone, whatever the zone of the account is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from contacts_ui.components import fields
from contacts_ui.components.appointment_status import status_of
from contacts_ui.components.field_names import CustomField, Names
from contacts_ui.components.record_form import typed_lines
from contacts_ui.formatting import clock
from integrations.activity import markup
from integrations.sync.health.fields import CUSTOM, LISTS, NUMBERS, STATUSES
from integrations.sync.health.writes import Write

TYPES: Mapping[str, str] = {
    "body": "textarea",
    "email": "email",
    "phone": "tel",
    "due_at": "datetime-local",
    "start_at": "datetime-local",
    "end_at": "datetime-local",
    "is_pinned": "checkbox",
}
OF_CUSTOM = {"LARGE_TEXT": "textarea", "DATE": "date", "PHONE": "tel", "EMAIL": "email"}
TYPED_MOMENT = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Input:
    """`kind` is its type in HTML, or textarea, select, choices (several of `options`); `chosen` are marked.

    `zone` says whose clock a moment is typed by; `error` is what is wrong with what was typed. `kept` is the HTML
    whose words the value is, which stays unless they are changed.
    """

    name: str
    label: str
    kind: str
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    chosen: tuple[str, ...] = ()
    zone: str = ""
    error: str = ""
    kept: str = ""


def input_of(write: Write, column: str, value: Any, names: Names, *, name: str = "") -> Input:
    """The input of a column, filled with a value; `name` in the form, the column's own by default."""
    connection = write.connection_id
    made = Input(name or column, fields.label(write.kind, column, connection, names), TYPES.get(column, "text"))
    if made.kind == "datetime-local":
        here = clock.local(datetime.fromisoformat(value)) if value else None
        return replace(made, value=here.strftime(TYPED_MOMENT) if here else "", zone=_zone(here))
    if made.kind == "checkbox":
        return replace(made, chosen=("1",) if value else ())
    if column == "body":
        text = str(value or "")
        return replace(made, value=markup.lines(text), kept=text if markup.is_formatted(text) else "")
    if column == "status":
        options = tuple((word, known.word) for word in STATUSES if (known := status_of(word)))
        return replace(made, kind="select", options=options, chosen=(str(value or ""),))
    if (ids := names.of(column)) is not None:
        everybody = tuple((remote_id, word or "") for (of, remote_id), word in ids.items() if of == connection)
        return replace(made, kind="select", options=(("", "Nobody"), *everybody), chosen=(str(value or ""),))
    if column.startswith(CUSTOM):
        return _custom(made, value, names.custom.get((connection, column.removeprefix(CUSTOM))))
    return replace(made, value=str(value or ""))


def _custom(made: Input, value: Any, known: CustomField | None) -> Input:
    data_type = known.data_type if known else ""
    if known and known.choices:
        options = tuple((one, one) for one in known.choices)
        if data_type in LISTS:
            chosen = value if isinstance(value, list) else [value] if value else []
            return replace(made, kind="choices", options=options, chosen=tuple(map(str, chosen)))
        return replace(made, kind="select", options=(("", "None"), *options), chosen=(str(value or ""),))
    text = ", ".join(map(str, value)) if isinstance(value, list) else str("" if value is None else value)
    kind = "number" if data_type in NUMBERS else OF_CUSTOM.get(data_type, "text")
    return replace(made, kind=kind, value=text)


def typed(made: Input, query: QueryDict) -> Any:
    """What was typed into an input, as `commands.asked` takes it."""
    if made.kind == "checkbox":
        return bool(query.get(made.name))
    if made.kind == "choices":
        return [one for one in query.getlist(made.name) if one]
    text = query.get(made.name, "")
    if made.kept and typed_lines(text) == typed_lines(made.value):
        return made.kept
    if made.kind == "datetime-local":
        return _moment(text)
    return None if made.kind == "select" and not text else text


def as_typed(made: Input, query: QueryDict, error: str) -> Input:
    """The same input with what was typed, and what is wrong with it."""
    chosen = tuple(query.getlist(made.name))
    return replace(made, value=query.get(made.name, ""), chosen=chosen, error=error)


def _moment(text: str) -> Any:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text  # what it is not is said by whoever checks it
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.get_current_timezone())


def _zone(here: datetime | None) -> str:
    return (here or timezone.localtime()).tzname() or "UTC"
