"""Writes that come after another one to the same record: they join it, or start from what it brings about."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet

from integrations.sync.models import Write
from integrations.sync.models.writes import Option
from integrations.workspace.models import User


def join(made: Write, under_way: Sequence[Write]) -> bool:
    """Have what others asked for go out for this person as well, should they not be allowed to by then.

    False where that would send more than this person asks for, or where one of them is being sent, which is too
    late for it. One statement, none for their own writes.
    """
    if not is_joint(made, under_way):
        return False
    others = [one for one in _of_others(made, under_way) if made.actor_id not in one.options.get(Option.ALSO, ())]
    kept = [one.options for one in others]
    for one in others:
        one.options = one.options | {Option.ALSO: [*one.options.get(Option.ALSO, ()), made.actor_id]}
    free = Write.objects.filter(state=Write.State.QUEUED, lease_until=None)
    if not others or free.bulk_update(others, ["options"]) == len(others):
        return True
    for one, options in zip(others, kept, strict=True):
        one.options = options
    return False


def is_joint(made: Write, under_way: Sequence[Write]) -> bool:
    """Whether what others have on its way there is just what this person asks for."""
    return all(one.changes == made.changes for one in _of_others(made, under_way))


def _of_others(made: Write, under_way: Sequence[Write]) -> list[Write]:
    # What a command line asked for goes out anyway.
    others = [one for one in under_way if one.actor_id not in (None, made.actor_id)]
    return [one for one in others if set(one.changes) & set(made.changes)]


def hand_over(waiting: QuerySet[Write], leaving: User) -> int:
    """Leave what others asked for as well to the first of them who is still there. Returns how many have one."""
    left_to = 0
    for write in waiting.filter(options__has_key=Option.ALSO):
        also = [one for one in write.options[Option.ALSO] if one != leaving.pk]
        there = set(User.objects.filter(pk__in=[one for one in also if one]).values_list("pk", flat=True))
        heirs = [one for one in also if one is None or one in there]
        if heirs:
            left = write.options | {Option.ALSO: heirs[1:]}
            left_to += waiting.filter(pk=write.pk).update(actor=heirs[0], options=left)
    return left_to


def step_back(fallen: Sequence[Write]) -> None:
    """Nothing of these arrived: what was to follow them starts from what they started from.

    Else their own values, which never were there, would look changed by somebody else. One query as a rule.
    """
    for write in fallen:
        later = Write.objects.open().filter(kind=write.kind, target_id=write.target_id, pk__gt=write.pk)
        for one in later.exclude(target_id=None).filter(sent_at=None):
            base = {name: _before(write, name, value) for name, value in one.base.items()}
            if base != one.base:
                Write.objects.filter(pk=one.pk).update(base=base, checked_at=None)


def followed(writes: QuerySet[Write]) -> list[Write]:
    """Those that others are to follow, which are few."""
    later = Write.objects.open().filter(kind=OuterRef("kind"), target_id=OuterRef("target_id"))
    return list(writes.filter(Exists(later.filter(pk__gt=OuterRef("pk")))).order_by("pk"))


def _before(fallen: Write, name: str, value: object) -> object:
    return fallen.base.get(name) if name in fallen.changes and value == fallen.changes[name] else value
