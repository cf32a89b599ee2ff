"""What GHL's events mean here: which record to read again, and what the end of an install does to a connection.

Nothing of an event's body enters the cache: it may be late, doubled, or one of several.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from integrations.connections.models import Connection
from integrations.ghl.client.webhooks import Event, Verdict
from integrations.ghl.models import PROVIDER, Agency, Location
from integrations.sync import enqueue, inbox, lifecycle
from integrations.sync.inbox import Arrival, State, Taken
from integrations.workspace import audit

STREAMS = {
    "ContactCreate": "contacts",
    "ContactUpdate": "contacts",
    "ContactDelete": "contacts",
    "ContactDndUpdate": "contacts",
    "ContactTagUpdate": "contacts",
    "NoteCreate": "notes",
    "NoteUpdate": "notes",
    "NoteDelete": "notes",
    "TaskCreate": "tasks",
    "TaskComplete": "tasks",
    "TaskDelete": "tasks",
    "AppointmentCreate": "appointments",
    "AppointmentUpdate": "appointments",
    "AppointmentDelete": "appointments",
}
LIFE = ("INSTALL", "UNINSTALL")  # of the app itself
REMOVED = "The app was uninstalled in GHL. Install and connect it again to go on; what was read is kept."
RECONNECT = "The app was installed again in GHL. Reconnect the account here to go on."


class NotOurs(Exception):
    """An event that concerns nobody here. `str()` is the kind under which it is counted."""


def take(event: Event, body: bytes, signature: Verdict, now: datetime) -> Taken:
    """Keep an event of a connected sub-account, note what it hints at, ring. Raises NotOurs: nothing is kept."""
    connections = _addressed(event)
    arrival = _arrival(event, body, signature, connections)
    if event.type not in LIFE:
        return inbox.take(arrival, now, ring=enqueue.enqueue_fetch)
    with transaction.atomic():
        taken = inbox.take(arrival, now)
        if taken == Taken.STORED:
            _live_or_end(event, connections, now)
    return taken


def _addressed(event: Event) -> list[Connection]:
    """The connections that an event is for; several only where an agency speaks for its sub-accounts."""
    if event.app_id and event.app_id != settings.GHL_CLIENT_ID.partition("-")[0]:
        raise NotOurs("other_app")
    found: QuerySet[Connection] = Connection.objects.none()
    if event.location_id:
        found = Connection.objects.filter(provider=PROVIDER, external_id=event.location_id)
    elif event.company_id:
        found = Connection.objects.filter(ghl_location__agency__company_id=event.company_id)
    connections = list(found.select_related("workspace", "ghl_location"))
    if not connections:
        raise NotOurs("unknown_location")
    if event.type not in LIFE and all(one.has_ended for one in connections):
        raise NotOurs("disconnected")  # whoever disconnected does not want what still comes
    return connections


def _arrival(event: Event, body: bytes, signature: Verdict, connections: Sequence[Connection]) -> Arrival:
    stream = STREAMS.get(event.type, "") if event.location_id and event.object_id else ""
    return Arrival(
        provider=PROVIDER,
        webhook_id=event.webhook_id,
        type=event.type,
        signature=signature,
        body=body,
        connection_id=connections[0].pk if len(connections) == 1 else None,
        sent_at=event.sent_at,
        stream=stream,
        remote_id=event.object_id if stream else "",
        contact_remote_id=event.contact_id if stream else "",
        words=event.title if stream == "tasks" else "",
        state=State.DONE if event.type in LIFE else State.IGNORED,
        reason="" if stream else _reason(event),
    )


def _reason(event: Event) -> str:
    if event.type in LIFE:
        return ""
    if event.type in STREAMS:
        return "The event does not say which record it is about. The next sync reads it."
    return "Events of this type concern nothing that is kept here."


def _live_or_end(event: Event, connections: Sequence[Connection], now: datetime) -> None:
    if event.type == "INSTALL":
        ended = [one.pk for one in connections if one.state == Connection.State.UNINSTALLED]
        Connection.objects.filter(pk__in=ended).update(reason=RECONNECT)
        return
    over = [one for one in connections if _is_over(event, one)]
    # Late, it must not void what an agency signed in with since.
    alive = [one for one in connections if one not in over and not one.has_ended]
    if not event.location_id and not alive:
        Agency.objects.filter(company_id=event.company_id).update(access_token="", refresh_token="")
    for connection in over:
        _end(connection, now)


def _is_over(event: Event, connection: Connection) -> bool:
    """Whether the removal of the app ends a connection: no private token, nor what was connected after it."""
    if connection.ghl_location.kind != Location.Kind.OAUTH or connection.has_ended:
        return False
    return event.sent_at is None or event.sent_at >= connection.connected_at


def _end(connection: Connection, now: datetime) -> None:
    """The tokens are void by now."""
    lifecycle.ended(connection, state=Connection.State.UNINSTALLED, reason=REMOVED, now=now)
    workspace = connection.workspace
    audit.record(act="connection.uninstalled", actor=None, workspace=workspace, target=workspace.name)
