"""How a record stands for whoever wants to change it: what is under way to it counts as done. Pure."""

from collections.abc import Iterable
from typing import Any

from integrations.sync.models import Write
from integrations.sync.models.options import Option
from integrations.sync.push.operations import OPERATIONS, Act

LISTS = (Act.ADD, Act.REMOVE)


def as_wished(made: Write, under_way: Iterable[Write]) -> dict[str, Any]:
    """What a write starts from once those under way are done, the earliest first: people see them as done.

    What others ask for as well is left out, since it may come to nothing: each wish stands by itself.
    """
    base = dict(made.base)
    for earlier in under_way:
        act = OPERATIONS[earlier.operation].act
        for name in base.keys() & earlier.changes.keys():
            if not _stands_apart(made, earlier, name):
                base[name] = _after(act, base[name], earlier.changes[name])
    return base


def _stands_apart(made: Write, earlier: Write, name: str) -> bool:
    """Whether an earlier write asks the same of a field, but for somebody else or with less insistence."""
    act, before = (OPERATIONS[one.operation].act for one in (made, earlier))
    if before == Act.CREATE and act in LISTS:
        before = Act.ADD  # a new record has all members that it is made with
    alike = act == before if before in LISTS else earlier.changes[name] == made.changes[name]
    return alike and (earlier.actor_id != made.actor_id or (insists(made) and not insists(earlier)))


def insists(write: Write) -> bool:
    """Whether it is to be done even at a time that is not offered."""
    return bool(write.options.get(Option.IGNORES_SLOTS))


def brings(write: Write, other: Write) -> bool:
    """Whether all that another write of the same record asks for is so once this one is done."""
    act = OPERATIONS[write.operation].act
    if act != OPERATIONS[other.operation].act or not other.changes.keys() <= write.changes.keys():
        return False
    if act in LISTS:
        return all(folded(wanted) <= folded(write.changes[name]) for name, wanted in other.changes.items())
    return all(write.changes[name] == wanted for name, wanted in other.changes.items())


def folded(names: Iterable[Any]) -> set[str]:
    """Members of a list as they are compared, however they are spelled."""
    return {str(one).casefold() for one in names}


def _after(act: Act, there: Any, wanted: Any) -> Any:
    """A field once an earlier write of it is done: of a list, its members with or without those of the write."""
    if act not in LISTS:
        return wanted
    named = folded(wanted)
    kept = [one for one in there if str(one).casefold() not in named]
    return [*kept, *wanted] if act == Act.ADD else kept


def is_done(write: Write) -> bool:
    """Whether the record stands so already, as far as the cache and earlier writes tell."""
    act = OPERATIONS[write.operation].act
    if act not in LISTS:
        return bool(write.base == write.changes)
    (name, wanted), *_ = write.changes.items()
    there = folded(write.base.get(name, ()))
    return all((one.casefold() in there) == (act == Act.ADD) for one in wanted)


def own_of(made: Write, latest_first: Iterable[Write]) -> Write:
    """The latest of the same person among those under way, which bring about what they ask for again."""
    return next(one for one in latest_first if one.actor_id == made.actor_id)


def covers(write: Write, earlier: Write) -> bool:
    """Whether a write asks anew for all that an earlier one of the same record did not bring about.

    Who asks for the same as somebody else puts nothing of theirs away.
    """
    if write.actor_id != earlier.actor_id and brings(write, earlier):
        return False
    acts = [OPERATIONS[one.operation].act for one in (write, earlier)]
    if not set(earlier.changes) <= set(write.changes):
        return False
    if acts[0] in LISTS and acts[1] in LISTS:
        return all(set(wanted) <= set(write.changes[name]) for name, wanted in earlier.changes.items())
    return True
