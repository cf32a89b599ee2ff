"""Reads the filters of a contact search and turns them into one question per contact."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from typing import Any

from integrations.sandbox.crm.records import Contact
from integrations.sandbox.http.errors import bad_request, unprocessable

type Predicate = Callable[[Contact], bool]

OPERATORS = ("eq", "not_eq", "contains", "not_contains", "exists", "not_exists", "range")
_DATE_OPERATORS = ("range", "exists", "not_exists")
_LIMITS = ("gte", "lte", "gt", "lt")
_DATES: dict[str, Callable[[Contact], int]] = {
    "dateAdded": lambda contact: contact.added,
    "dateUpdated": lambda contact: contact.updated,
}
_FIELDS: dict[str, Callable[[Contact], Any]] = {
    "id": lambda contact: contact.id,
    "contactName": lambda contact: contact.name,
    "firstNameLowerCase": lambda contact: contact.first_name.lower(),
    "lastNameLowerCase": lambda contact: contact.last_name.lower(),
    "email": lambda contact: contact.email,
    "phone": lambda contact: contact.phone,
    "companyName": lambda contact: contact.company,
    "businessId": lambda contact: contact.business_id,
    "type": lambda contact: contact.type,
    "source": lambda contact: contact.source,
    "assignedTo": lambda contact: contact.owner,
    "address": lambda contact: contact.address,
    "city": lambda contact: contact.city,
    "state": lambda contact: contact.state,
    "postalCode": lambda contact: contact.postal_code,
    "country": lambda contact: contact.country,
    "website": lambda contact: contact.website,
    "timezone": lambda contact: contact.timezone,
    "dateOfBirth": lambda contact: contact.born,
    "tags": lambda contact: contact.tags,
    "dnd": lambda contact: contact.dnd,
    "followers": lambda contact: list(contact.followers),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """`accepts` answers for one contact; `ranges` are closed bounds that hold for every match (epoch ms)."""

    accepts: Predicate | None = None
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    only_ranges: bool = True


def parse_filters(raw: Any) -> Filters:
    """The filters of a request; refuses what the API refuses: unknown fields, operators and keys."""
    if not raw:
        return Filters()
    if not isinstance(raw, list):
        raise unprocessable("filters must be an array")
    rules = [_rule(item) for item in raw]
    return Filters(lambda contact: all(rule(contact) for rule in rules), *_ranges(raw))


def _rule(item: Any) -> Predicate:
    if not isinstance(item, dict):
        raise unprocessable("each value in filters must be an object")
    return _group(item) if "group" in item else _leaf(item)


def _group(item: dict[str, Any]) -> Predicate:
    _only_keys(item, ("group", "filters"))
    combine: Callable[[Iterable[bool]], bool] | None = {"AND": all, "OR": any}.get(item["group"])
    if combine is None or not isinstance(item.get("filters"), list):
        raise bad_request(f"Invalid group {item['group']}")
    rules = [_rule(inner) for inner in item["filters"]]
    return lambda contact: combine(rule(contact) for rule in rules)


def _leaf(item: dict[str, Any]) -> Predicate:
    _only_keys(item, ("field", "operator", "value"))
    name, operator, wanted = item.get("field"), item.get("operator"), item.get("value")
    if not isinstance(name, str) or not isinstance(operator, str):
        raise unprocessable("field must be a string", "operator must be a string")
    get = _getter(name)
    # A bare gte on a date is an error here: the live API may also ignore it and return everything.
    if operator not in (_DATE_OPERATORS if name in _DATES else OPERATORS):
        raise bad_request(f"Invalid operator {operator} for field {name}")
    if operator == "range":
        # A record without the value fits no range.
        low, high = _bounds(wanted)
        return lambda contact: low <= _number(get(contact)) <= high
    return _TESTS[operator](get, wanted)


def _getter(name: str) -> Callable[[Contact], Any]:
    if name.startswith("customFields."):
        # The id finds the value; a field's name is accepted and finds nothing, as with the real API.
        field_id = name.removeprefix("customFields.")
        return lambda contact: dict(contact.fields).get(field_id)
    get = _DATES.get(name) or _FIELDS.get(name)
    if get is None:
        raise bad_request(f"Invalid field {name}")
    return get


def _equals(get: Callable[[Contact], Any], wanted: Any) -> Predicate:
    # A list means any of them, and case does not matter.
    sought = {_folded(value) for value in (wanted if isinstance(wanted, list) else [wanted])}
    return lambda contact: not sought.isdisjoint(map(_folded, _as_list(get(contact))))


def _contains(get: Callable[[Contact], Any], wanted: Any) -> Predicate:
    sought = [str(value).lower() for value in (wanted if isinstance(wanted, list) else [wanted])]
    return lambda contact: any(part in str(value).lower() for part in sought for value in _as_list(get(contact)))


def _exists(get: Callable[[Contact], Any], _wanted: Any) -> Predicate:
    return lambda contact: get(contact) not in (None, "", [])


def _not(test: Callable[[Callable[[Contact], Any], Any], Predicate]) -> Any:
    def negated(get: Callable[[Contact], Any], wanted: Any) -> Predicate:
        accepts = test(get, wanted)
        return lambda contact: not accepts(contact)

    return negated


_TESTS: dict[str, Callable[[Callable[[Contact], Any], Any], Predicate]] = {
    "eq": _equals,
    "not_eq": _not(_equals),
    "contains": _contains,
    "not_contains": _not(_contains),
    "exists": _exists,
    "not_exists": _not(_exists),
}


def _ranges(raw: list[Any]) -> tuple[dict[str, tuple[float, float]], bool]:
    """Date bounds at the top level, which a sorted order can use; and whether there is nothing else."""
    found: dict[str, tuple[float, float]] = {}
    for item in raw:
        if item.get("field") in _DATES and item.get("operator") == "range":
            low, high = _bounds(item.get("value"))
            old_low, old_high = found.get(item["field"], (-inf, inf))
            found[item["field"]] = max(low, old_low), min(high, old_high)
    return found, len(found) == len(raw) == 1


def _bounds(value: Any) -> tuple[float, float]:
    """A closed range out of gte, lte, gt, lt; dates are whole milliseconds, so open ends move by one."""
    if not isinstance(value, dict) or not value or not set(value) <= set(_LIMITS):
        raise bad_request("Invalid range: use gte, lte, gt or lt")
    low, high = -inf, inf
    for key, given in value.items():
        number = _moment(given)
        if key in ("gte", "gt"):
            # Dates are whole milliseconds, so a strict bound is the next one.
            low = max(low, number + (key == "gt"))
        else:
            high = min(high, number - (key == "lt"))
    return low, high


def _moment(given: Any) -> float:
    """Epoch milliseconds, or an ISO date or moment (without a zone it is UTC)."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return float(given)
    try:
        if str(given).lstrip("-").isdigit():
            return float(given)
        moment = datetime.fromisoformat(str(given))
    except ValueError:
        raise bad_request(f"Invalid date {given}") from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else -inf


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _only_keys(item: dict[str, Any], allowed: tuple[str, ...]) -> None:
    surplus = [key for key in item if key not in allowed]
    if surplus:
        raise unprocessable(*(f"filters.property {key} should not exist" for key in surplus))
