"""What every record of a provider has in common; each kind's own record stands in its file under `kinds`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class JsonText(str):
    """JSON that has been written already: a column takes it as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One remote object, in our words, times aware and in UTC.

    `payload` is what the provider sent; `extra` the part of it that we have no word for. The payload is only kept,
    so it is text: a page of many thousands holds a third of the memory.
    """

    remote_id: str
    payload: JsonText = field(default=JsonText("{}"), compare=False, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict)
    is_deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecord:
    """One row of an answer that could not be understood; it is kept as a failure and never stops the rest."""

    remote_id: str
    reason: str
    contact_remote_id: str = ""
    detail: str = ""
