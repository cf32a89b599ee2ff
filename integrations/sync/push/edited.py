"""Says on a note who edited it here: over there the edit stands under whoever connected the account."""

from collections.abc import Collection

from django.db import transaction

from integrations.activity.kinds.note import KIND, TEXT
from integrations.activity.models import Note
from integrations.sync.models import Write
from integrations.sync.reconcile import project


@transaction.atomic
def credit_edit(write: Write, arrived: Collection[str]) -> None:
    """Keep it with what the note said before; the next edit that is read takes it away again.

    `arrived` are the fields that were read as the write wants them.
    """
    if write.kind != KIND.name or write.actor_id is None or not set(TEXT) & set(arrived):
        return
    present = Note.objects.present().select_for_update(no_key=True)  # one that is gone has no line
    note = present.filter(pk=write.target_id or 0).exclude(earlier={}).first()
    if note is None or note.earlier.get("by") == write.actor_id:
        return
    note.earlier["by"] = write.actor_id
    note.save(update_fields=["earlier"])
    project.store_entries(KIND, [note])
