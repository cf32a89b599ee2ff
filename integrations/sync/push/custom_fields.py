"""Custom fields that somebody wants to write: found by id, key or name, and read by their type."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.dateparse import parse_date, parse_datetime

from integrations.activity import phones
from integrations.activity.field_types import CHOICES, FILES, LISTS, NUMBERS, choices_of
from integrations.activity.models import FieldDefinition
from integrations.connections.models import Connection
from integrations.sync.push.invalid import Invalid
from integrations.sync.push.operations import CUSTOM


def read_custom_fields(values: Any, connection: Connection) -> dict[str, Any]:
    """{"custom_fields.ID": value} of {id, key or name: value}; one query. Raises Invalid."""
    if not isinstance(values, Mapping):
        raise Invalid("The custom_fields must be an object of field and value.", "custom_fields")
    found = FieldDefinition.objects.present().filter(connection=connection)
    known = {
        name.casefold(): one
        for one in found.select_related("connection__workspace")
        for name in reversed(_names(one))
    }
    changes = {}
    for name, value in values.items():
        definition = known.get(str(name).casefold())
        if definition is None:
            raise Invalid(f"The custom field {name} is not known here. Sync first if it is new.", "custom_fields")
        changes[CUSTOM + definition.remote_id] = _read(definition, value)
    return changes


def _names(definition: FieldDefinition) -> list[str]:
    """What a field may be called, the surest first."""
    key = str(definition.payload.get("fieldKey") or "")
    return [definition.remote_id, *filter(None, (key, key.partition(".")[2])), definition.name]


def _read(definition: FieldDefinition, value: Any) -> Any:
    """Raises Invalid, which names this very field."""
    kind, name, field = definition.data_type, definition.name, CUSTOM + definition.remote_id
    if kind in FILES:
        raise Invalid(f"{name} holds a file. Add it in the provider's own app.", field)
    if value is None or value == "":
        return ""
    if kind in NUMBERS:
        return _number(name, value, field)
    chosen = value if isinstance(value, list) else [value]
    options = choices_of(definition) if kind in CHOICES else []
    if options and (wrong := [one for one in chosen if one not in options]):
        raise Invalid(f"{wrong[0]} cannot be chosen for {name}. It takes {', '.join(options)}.", field)
    if kind in LISTS:
        return [str(one) for one in chosen]
    if not isinstance(value, str | int | float | bool):
        raise Invalid(f"{name} must be a text.", field)
    if isinstance(value, str) and (check := CHECKS.get(kind)):
        check(name, value.strip(), field, definition)
    return value


def _check_date(name: str, value: str, field: str, _definition: FieldDefinition) -> None:
    try:
        is_date = bool(parse_date(value) or parse_datetime(value))
    except ValueError:  # one that no calendar has
        is_date = False
    if not is_date:
        raise Invalid(f"{name} must be a date, such as 2026-12-24.", field)


def _check_phone(name: str, value: str, field: str, definition: FieldDefinition) -> None:
    if not phones.is_possible(value, definition.connection.workspace.country):
        raise Invalid(f"{name} must be a phone number with its country, such as +1 802 555 0117.", field)


def _check_email(name: str, value: str, field: str, _definition: FieldDefinition) -> None:
    try:
        validate_email(value)
    except ValidationError:
        raise Invalid(f"{name} must be an email address.", field) from None


CHECKS = {"DATE": _check_date, "PHONE": _check_phone, "EMAIL": _check_email}


def _number(name: str, value: Any, field: str) -> int | float:
    try:
        number = float(str(value).replace(",", ""))
    except ValueError:
        raise Invalid(f"{name} must be a number.", field) from None
    if not abs(number) < 1e15:  # neither infinite nor beyond what JSON keeps exactly
        raise Invalid(f"{name} must be a number.", field)
    return int(number) if number.is_integer() else number
