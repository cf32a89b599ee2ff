"""What follows a connection: its first sync, and the page that shows it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse

from integrations.connections.models import Connection
from integrations.ghl.views.access import user_of
from integrations.sync import jobs, queue
from integrations.sync.models import SyncRun


def first_sync(request: HttpRequest, *connections: Connection) -> HttpResponse:
    """Start a sync of each, and go where its progress shows."""
    runs = [_start(request, connection) for connection in connections]
    names = ", ".join(connection.workspace.name for connection in connections)
    messages.success(request, f"{names} is connected.")
    for connection in connections:
        if connection.reason:
            messages.warning(request, f"{connection.workspace.name}: {connection.reason}")
    return redirect(_address("contacts_ui:run", runs[0].pk) if len(runs) == 1 else connections_page())


def connections_page() -> str:
    """The page that lists the accounts; the start page where this installation has none."""
    return _address("contacts_ui:connection-list")


def _start(request: HttpRequest, connection: Connection) -> SyncRun:
    run, _ = jobs.start_run(connection, trigger=SyncRun.Trigger.CONNECT, actor_id=user_of(request).pk)
    queue.enqueue_run(run.pk)
    return run


def _address(name: str, *args: int) -> str:
    # The pages belong to the room above; this one must work without knowing which of them there are.
    for candidate in (name, "contacts_ui:connection-list"):
        try:
            return reverse(candidate, args=args if candidate == name else ())
        except NoReverseMatch:
            continue
    return "/"
