"""Completes or reopens a task like the tick on the page, without the undo window, and waits for the proof."""

from typing import Any

from django.core.management.base import CommandParser

from integrations.activity.models import Task
from integrations.sync import commands, health, jobs
from integrations.sync.management.base import Failed, SyncCommand
from integrations.sync.models import Write


class Command(SyncCommand):
    help = "Complete a task at the provider and read it back."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--task", required=True, help="the task's id at the provider")
        parser.add_argument("--reopen", action="store_true", help="reopen it instead")

    def run(self, **options: Any) -> dict[str, Any]:
        found = Task.objects.present().filter(remote_id=options["task"])
        task = found.select_related("connection__workspace").first()
        if task is None:
            raise Failed(f"Task {options['task']} is not in the cache. Run a sync first.")
        status = health.connection_status(task.connection)
        if not status.is_usable:
            raise Failed(status.reason or status.label)
        operation = "task.reopen" if options["reopen"] else "task.complete"
        write = commands.write(operation, task, actor=None, undo_seconds=0)
        if write is None:
            return {"task": task.remote_id, "state": "already", "completed": task.is_completed}
        jobs.deliver_until_settled(write.pk)
        write.refresh_from_db()
        answer = {
            "task": task.remote_id,
            "state": write.state,
            "completed": write.changes["is_completed"],
            "write": write.pk,
        }
        if write.state != Write.State.CONFIRMED:
            raise Failed(write.reason or f"The write ended as {write.state}.", **answer)
        return answer
