"""Plans and carries out a run in the foreground, with progress on stderr."""

import time
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import QuerySet
from django.utils import timezone

from integrations.sync import commands, jobs
from integrations.sync.management.base import Failed, SyncCommand
from integrations.sync.management.connections import usable
from integrations.sync.models import RunStream, SyncRun

# Nobody else waits for this process, so it need not let go of the run for long.
SLICE_SECONDS = 600.0


class Command(SyncCommand):
    help = "Sync a connection in the foreground."
    _next_line = 0.0

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--connection", help="the identifier that connect printed; the only one by default")
        parser.add_argument("--full", action="store_true", help="read everything, not only what changed")

    def run(self, **options: Any) -> dict[str, Any]:
        connection = usable(options["connection"])
        started = time.monotonic()
        run = commands.sync_now(connection=connection, actor=None, full=options["full"])
        while SyncRun.objects.active().filter(pk=run.pk).exists():
            if jobs.advance_run(run.pk, seconds=SLICE_SECONDS, after_step=lambda: self._progress(run)):
                self._wait_for_others(run)
        run.refresh_from_db()
        answer = report(run, time.monotonic() - started)
        if run.state in (SyncRun.State.FAILED, SyncRun.State.CANCELLED):
            raise Failed(run.reason or f"Run {run.pk} ended as {run.state}.", **answer)
        return answer

    def _wait_for_others(self, run: SyncRun) -> None:
        """Another worker may hold this run, or its budget may be spent until tomorrow."""
        run.refresh_from_db()
        if run.is_active and run.not_before and (run.not_before - timezone.now()).total_seconds() > 120:
            raise Failed(
                f"{run.reason} The run continues automatically at {run.not_before:%Y-%m-%d %H:%M} UTC.", run=run.pk
            )
        if run.is_active:
            time.sleep(0.2)

    def _progress(self, run: SyncRun) -> None:
        """At most a line a second."""
        if time.monotonic() < self._next_line:
            return
        self._next_line = time.monotonic() + 1
        run.refresh_from_db()
        streams: QuerySet[RunStream] = run.streams.filter(state=RunStream.State.RUNNING)
        current = ", ".join(f"{row.stream} {row.read}{f' of {row.total}' if row.total else ''}" for row in streams)
        self.say(f"Run {run.pk}: {run.requests} of {run.forecast or '?'} requests. {current}")


def report(run: SyncRun, seconds: float) -> dict[str, Any]:
    """The JSON that commands answer about a run."""
    return {
        "run": run.pk,
        "state": run.state,
        "requests": run.requests,
        "seconds": round(seconds, 2),
        "streams": {
            row.stream: {
                "seen": row.seen,
                "added": row.added,
                "changed": row.changed,
                "removed": row.removed,
                "failed": row.failed,
                "state": row.state,
                "reason": row.reason,
            }
            for row in run.streams.all()
        },
    }
