"""Says on a note who edited it here: over there the edit stands under whoever connected the account."""

from django.db import transaction

from integrations.activity.kinds.note import KIND, TEXT
from integrations.activity.models import Note
from integrations.sync.models import Write
from integrations.sync.reconcile import project


@transaction.atomic
def credit_edit(write: Write) -> None:
    """Keep it with what the note said before; the next edit that is read takes it away again."""
    if write.kind != KIND.name or write.actor_id is None or not set(TEXT) & set(write.changes):
        return
    note = Note.objects.select_for_update(no_key=True).filter(pk=write.target_id or 0).exclude(earlier={}).first()
    if note is None or note.earlier.get("by") == write.actor_id:
        return
    note.earlier["by"] = write.actor_id
    note.save(update_fields=["earlier"])
    project.store_entries(KIND, [note])
