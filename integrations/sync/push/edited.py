"""Says on a record who edited it here: over there the edit stands under whoever connected the account."""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from integrations.activity.kinds import NAMED, appointment, edited, note, task
from integrations.activity.models import Note
from integrations.sync.models import Write
from integrations.sync.reconcile import project

# What of a record is an edit of it, by kind.
EDITED = {"note": note.TEXT, "task": task.EDITED, "appointment": appointment.EDITED}


@transaction.atomic
def credit_edit(write: Write, arrived: Collection[str]) -> None:
    """Keep it with the record, a note's with what it said before; the next edit that is read takes it away again.

    `arrived` are the fields that were read as the write wants them.
    """
    if write.actor_id is None or not set(EDITED.get(write.kind, ())) & set(arrived):
        return
    kind = NAMED[write.kind]
    rows: Any = kind.model
    present = rows.objects.present().select_for_update(no_key=True)  # one that is gone has no line
    found = present.filter(pk=write.target_id or 0).first()
    if found is not None and _name(found, write.actor_id):
        project.store_entries(kind, [found])


def _name(record: Any, person: int) -> bool:
    """Whether that was news."""
    if isinstance(record, Note):
        is_new = bool(record.earlier) and record.earlier.get("by") != person
        record.earlier |= {"by": person} if is_new else {}
    else:
        is_new = record.edited_by != person
        record.edited_by = person
    if is_new:
        record.save(update_fields=["earlier" if isinstance(record, Note) else edited.COLUMN])
    return is_new
