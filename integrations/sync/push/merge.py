"""Three-way merge of a wanted change with what the provider says now. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

type Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Merge:
    """What a change comes to, field by field.

    send: to be sent, because the provider still has what the person saw.
    already: nothing to send, the provider has it already.
    conflicts: changed over there to something that is neither what the person saw nor what they want.
    """

    send: dict[str, Any] = field(default_factory=dict)
    already: dict[str, Any] = field(default_factory=dict)
    conflicts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_clear(self) -> bool:
        """Whether something is to be sent and nothing stands against it."""
        return bool(self.send) and not self.conflicts


def equal(_name: str, one: Any, other: Any) -> bool:
    return bool(one == other)


def merge(
    *, base: Fields, changes: Fields, theirs: Fields, same: Callable[[str, Any, Any], bool] = equal
) -> Merge:
    """Compare each changed field with what the person saw (`base`) and what is there now (`theirs`).

    Fields that nobody wants to change are never sent, whatever happened to them. Both sides hold plain values;
    a field missing in `theirs` counts as unchanged, since an endpoint may leave it out. `same` says of a field
    whether two values are one to a person.
    """
    result = Merge()
    for name, wanted in changes.items():
        now = theirs.get(name, base.get(name))
        if same(name, now, wanted):
            # Another spelling of what was there is a change all the same: somebody may want just that.
            (result.already if now == wanted or now != base.get(name) else result.send)[name] = wanted
        elif same(name, now, base.get(name)):
            result.send[name] = wanted
        else:
            result.conflicts[name] = now
    return result
