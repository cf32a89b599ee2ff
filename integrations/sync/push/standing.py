"""How a record stands for whoever wants to change it: what is under way to it counts as done. Pure."""

from collections.abc import Iterable
from typing import Any

from integrations.sync.models import Write
from integrations.sync.push.operations import OPERATIONS, Act


def as_wished(made: Write, under_way: Iterable[Write]) -> dict[str, Any]:
    """What a write starts from once those under way are done, the earliest first: people see them as done."""
    base = dict(made.base)
    for earlier in under_way:
        act = OPERATIONS[earlier.operation].act
        for name in base.keys() & earlier.changes.keys():
            base[name] = _after(act, base[name], earlier.changes[name])
    return base


def _after(act: Act, there: Any, wanted: Any) -> Any:
    """A field once an earlier write of it is done: of a list, its members with or without those of the write."""
    if act not in (Act.ADD, Act.REMOVE):
        return wanted
    named = {str(one).casefold() for one in wanted}
    kept = [one for one in there if str(one).casefold() not in named]
    return [*kept, *wanted] if act == Act.ADD else kept


def is_done(write: Write) -> bool:
    """Whether the record stands so already, as far as the cache and earlier writes tell."""
    act = OPERATIONS[write.operation].act
    if act not in (Act.ADD, Act.REMOVE):
        return bool(write.base == write.changes)
    (name, wanted), *_ = write.changes.items()
    there = {str(one).casefold() for one in write.base.get(name, ())}
    return all((one.casefold() in there) == (act == Act.ADD) for one in wanted)


def covers(write: Write, earlier: Write) -> bool:
    """Whether a write asks anew for all that an earlier one of the same record did not bring about."""
    lists = (Act.ADD, Act.REMOVE)
    acts = [OPERATIONS[one.operation].act for one in (write, earlier)]
    if not set(earlier.changes) <= set(write.changes):
        return False
    if acts[0] in lists and acts[1] in lists:
        return all(set(wanted) <= set(write.changes[name]) for name, wanted in earlier.changes.items())
    return True
