"""Finds the operation of a request by its method and path."""

from integrations.sandbox.http.messages import V3
from integrations.sandbox.http.operation import Operation
from integrations.sandbox.http.operations_of_calendars import CALENDARS
from integrations.sandbox.http.operations_of_company import COMPANY
from integrations.sandbox.http.operations_of_contacts import CONTACTS
from integrations.sandbox.http.operations_of_talk import TALK

OPERATIONS = (*CONTACTS, *CALENDARS, *TALK, *COMPANY)


def _segments(path: str) -> tuple[str, ...]:
    """The parts of a path; a trailing slash makes no difference here."""
    return tuple(path.strip("/").split("/"))


def _table() -> dict[tuple[str, int], list[tuple[tuple[str, ...], Operation]]]:
    """Rows by method and number of segments, those with fewer placeholders first."""
    table: dict[tuple[str, int], list[tuple[tuple[str, ...], Operation]]] = {}
    for operation in sorted(OPERATIONS, key=lambda row: row.path.count("{")):
        parts = _segments(operation.path)
        table.setdefault((operation.method, len(parts)), []).append((parts, operation))
    return table


_TABLE = _table()


def find_operation(method: str, path: str, version: str | None) -> tuple[Operation, dict[str, str]] | None:
    """The operation of a request and the ids in its path; None for a route that this version lacks."""
    given = _segments(path)
    for parts, operation in _TABLE.get((method, len(given)), ()):
        fits = all(part == value or (part[0] == "{" and value) for part, value in zip(parts, given, strict=True))
        if fits and not (operation.v3_only and version != V3):
            names = {part[1:-1]: value for part, value in zip(parts, given, strict=True) if part[0] == "{"}
            return operation, names
    return None
