"""What a resource needs of the client, and nothing more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from integrations.ghl.client.sansio import Answer


class Call(Protocol):
    """`Client.call`."""

    def __call__(
        self,
        operation_name: str,
        path_args: Mapping[str, str] | None = None,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Resource:
    """A family of operations."""

    call: Call


def given(**values: Any) -> dict[str, Any]:
    """A request body without the keys that nobody set: unknown and null keys are refused with 422."""
    return {name: value for name, value in values.items() if value is not None}


def inner(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """What a write answered. It has happened, so an odd answer must not look like a failure: callers read back."""
    made = data.get(key)
    return dict(made) if isinstance(made, Mapping) else {}
