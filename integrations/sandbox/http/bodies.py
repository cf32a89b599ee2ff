"""Checks the keys and types of JSON bodies as strictly as the API does: an unknown key is a 422."""

from collections.abc import Collection, Mapping

from integrations.sandbox.crm.records import Json
from integrations.sandbox.http.errors import unprocessable

# The kind of each key; a question mark allows null.
type Fields = Mapping[str, str]

_CHECKS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "string": (str, "a string"),
    "boolean": (bool, "a boolean value"),
    "array": (list, "an array"),
    "object": (dict, "an object"),
    "number": ((int, float), "a number conforming to the specified constraints"),
}


def check_body(body: Json, fields: Fields, required: Collection[str] = ()) -> Json:
    """The body itself when it is fine; else one refusal that lists every fault."""
    faults = [f"property {key} should not exist" for key in body if key not in fields]
    for key in required:
        if body.get(key) in (None, ""):
            faults.append(f"{key} should not be empty")
    for key, value in body.items():
        if key in fields and not _fits(value, fields[key]):
            faults.append(f"{key} must be {_CHECKS[fields[key].rstrip('?')][1]}")
    if faults:
        raise unprocessable(*faults)
    return body


def _fits(value: object, kind: str) -> bool:
    if value is None:
        return kind.endswith("?")
    if kind.startswith("number") and isinstance(value, bool):
        return False
    return isinstance(value, _CHECKS[kind.rstrip("?")][0])
