"""Asks for a write again and waits for the proof; an unknown one is looked for before it is sent again."""

from typing import Any

from integrations.sync.management import writing
from integrations.sync.management.base import Failed
from integrations.sync.models import Write
from integrations.sync.push import again
from integrations.workspace.models import User


class Command(writing.OneWriteCommand):
    help = "Retry a write that failed or is unknown."

    def act(self, write: Write, actor: User | None) -> dict[str, Any]:
        wanted: Write | None = write
        if write.state in Write.UNSENT:
            wanted = again.retry(write=write, actor=actor)
        elif write.state not in Write.OPEN:
            raise Failed(f"Nothing to retry: write {write.pk} is {write.status}.", **writing.told(write))
        if wanted is None:
            return writing.told(None, write.remote_id)
        writing.deliver([wanted.pk])
        wanted.refresh_from_db()
        return writing.checked(writing.told(wanted, write.remote_id))
