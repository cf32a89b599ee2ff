"""One conflict as a card: which field of which record, both values plainly, who and when, how it was settled."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contacts_ui.components import fields
from contacts_ui.components.field_input import Input, input_of
from contacts_ui.components.field_names import Names
from contacts_ui.components.pending import Pending
from contacts_ui.components.wished import NO_PERSON, Wished, asker, wished
from contacts_ui.shell import systems
from integrations.sync.health.conflicts import Conflict, Taken
from integrations.sync.health.fields import is_editable

NAME = "value"  # of the input for another value


@dataclass(frozen=True, slots=True)
class Side:
    """One of both values, under whose it is; `words` is "" for an emptied field, `at` None where nobody knows."""

    title: str
    words: str
    at: datetime | None = None
    is_taken: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """`base` is what both started from. `input` is for another value, None where none can be typed.

    `seen` tells the values that stand here from later ones. `told` is why a click just now came to nothing, `lock`
    why only their value can be taken. `settled` says who decided what, "" while it is open.
    """

    conflict: Conflict
    wished: Wished
    kind: str
    label: str
    mine: Side
    theirs: Side
    base: str
    seen: str
    system: str
    keep: str
    may_remember: bool = False
    input: Input | None = None
    lock: str = ""
    told: str = ""
    settled: str = ""
    value: str = ""
    pending: Pending | None = None


def card_of(
    conflict: Conflict, names: Names, *, viewer: int, may_remember: bool = False, lock: str = "", told: str = ""
) -> Card:
    """A conflict as the viewer sees it."""
    write = conflict.write
    system = systems.short_name_of(write.connection)
    is_own = write.actor_id == viewer
    who = asker(write, viewer)
    possessive = "yours" if is_own else f"{who}'s"

    def said(value: Any) -> str:
        return fields.words(conflict.field, value, write.connection_id, names)

    return Card(
        conflict=conflict,
        wished=wished(write, names),
        kind=write.kind,
        label=fields.label(write.kind, conflict.field, write.connection_id, names),
        mine=Side("Yours" if is_own else who, said(conflict.mine), write.created_at, conflict.taken == Taken.MINE),
        theirs=Side(f"In {system}", said(conflict.theirs), conflict.theirs_at, conflict.taken == Taken.THEIRS),
        base=said(conflict.base),
        seen=seen_of(conflict),
        system=system,
        keep=f"Keep {possessive}",
        may_remember=may_remember,
        input=input_of(write, conflict.field, conflict.mine, names, name=NAME)
        if is_editable(write.operation, conflict.field)
        else None,
        lock=lock,
        told=told,
        settled=_settled(conflict, possessive, system, viewer),
        value=said(conflict.value) if conflict.taken else "",
    )


def seen_of(conflict: Conflict) -> str:
    """What tells the values of a card from later ones."""
    values = json.dumps([conflict.theirs, str(conflict.theirs_at)], sort_keys=True, default=str)
    return hashlib.sha256(values.encode()).hexdigest()[:16]


def _settled(conflict: Conflict, possessive: str, system: str, viewer: int) -> str:
    if not conflict.taken:
        return ""
    if conflict.by_rule and conflict.taken == Taken.MINE and conflict.value != conflict.mine:
        return f"{system} already went back to the earlier value"
    by = "A rule" if conflict.by_rule else str(conflict.settled_by or NO_PERSON)
    by = "You" if conflict.settled_by_id == viewer else by
    what = {
        Taken.MINE: f"kept {possessive if possessive != 'yours' or by != 'You' else 'your value'}",
        Taken.THEIRS: f"took {system}'s value",
        Taken.EDITED: "chose another value",
    }[Taken(conflict.taken)]
    return f"{by} {what}"
