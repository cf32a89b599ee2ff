"""Puts a write away: nothing of it is sent any more, and the record shows what the provider says."""

from typing import Any

from integrations.sync.management import writing
from integrations.sync.management.base import Failed
from integrations.sync.models import Write
from integrations.sync.push import again, taking_back
from integrations.workspace.models import User


class Command(writing.OneWriteCommand):
    help = "Drop a write that waits, failed, is unknown or in conflict."

    def act(self, write: Write, actor: User | None) -> dict[str, Any]:
        was_dropped = again.dismiss(write=write, actor=actor) or taking_back.undo(write=write, actor=actor)
        write.refresh_from_db()
        if not was_dropped and write.state in Write.OPEN:
            words = f"Write {write.pk} is being sent. Wait until it is settled."
            raise Failed(words, **(writing.told(write) | {"reason": words}))
        return writing.told(write)
