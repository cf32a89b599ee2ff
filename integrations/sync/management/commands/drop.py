"""Puts a write away: nothing of it is sent any more, and the record shows what the provider says."""

from typing import Any

from integrations.sync.management import writing
from integrations.sync.management.base import Failed
from integrations.sync.models import Write
from integrations.sync.push import commands


class Command(writing.OneWriteCommand):
    help = "Drop a write that waits, failed, is unknown or in conflict."

    def act(self, write: Write) -> dict[str, Any]:
        was_dropped = commands.dismiss(write=write) or commands.undo(write=write, actor=None)
        write.refresh_from_db()
        if not was_dropped and write.state in Write.OPEN:
            words = f"Write {write.pk} is being sent. Wait until it is settled."
            raise Failed(words, **(writing.told(write) | {"reason": words}))
        return writing.told(write)
