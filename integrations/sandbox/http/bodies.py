"""Checks the keys and types of JSON bodies as strictly as the API does: an unknown key is a 422."""

from collections.abc import Collection, Mapping

from integrations.sandbox.crm.records import Json
from integrations.sandbox.http.errors import unprocessable

# The kind of each key, or the words that it may say; a question mark allows null.
type Fields = Mapping[str, str | tuple[str, ...]]

_CHECKS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "string": (str, "a string"),
    "boolean": (bool, "a boolean value"),
    "array": (list, "an array"),
    "object": (dict, "an object"),
    "number": ((int, float), "a number conforming to the specified constraints"),
}
# Arrays of which every item is checked as well.
_ITEMS = {"strings": (str, "a string"), "objects": (dict, "an object")}


def check_body(body: Json, fields: Fields, required: Collection[str] = ()) -> Json:
    """The body itself when it is fine; else one refusal that lists every fault."""
    faults = [f"property {key} should not exist" for key in body if key not in fields]
    for key in required:
        if body.get(key) in (None, ""):
            faults.append(f"{key} should not be empty")
    faults += [
        fault for key, value in body.items() if key in fields and (fault := _fault(key, value, fields[key]))
    ]
    if faults:
        raise unprocessable(*faults)
    return body


def _fault(key: str, value: object, kind: str | tuple[str, ...]) -> str:
    """What is wrong with a value; empty when nothing is."""
    if isinstance(kind, tuple):
        words = "" if value in kind else ", ".join(kind)
        return f"{key} must be one of the following values: {words}" if words else ""
    if value is None and kind.endswith("?"):
        return ""
    name = kind.rstrip("?")
    if name in _ITEMS:
        return _fault_of_items(key, value, *_ITEMS[name])
    expected, words = _CHECKS[name]
    # True is a number to Python, and to nobody else.
    fits = isinstance(value, expected) and not (name == "number" and isinstance(value, bool))
    return "" if fits else f"{key} must be {words}"


def _fault_of_items(key: str, value: object, expected: type, words: str) -> str:
    if not isinstance(value, list):
        return f"{key} must be an array"
    return "" if all(isinstance(item, expected) for item in value) else f"each value in {key} must be {words}"
