"""What GHL's events mean here: which record to read again, and what the end of an install does to a connection.

Nothing of an event's body enters the cache: it may be late, doubled, or one of several.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db.models import QuerySet

from integrations.activity.records import Record
from integrations.connections.models import Connection
from integrations.connections.receiving import Arrival, Delivery, WebhookRefused
from integrations.ghl.client import webhooks
from integrations.ghl.client.webhooks import Event, Keys, Verdict
from integrations.ghl.models import PROVIDER, Agency, Location
from integrations.sync import lifecycle
from integrations.workspace.models import AuditEntry

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
    "InboundMessage": "messages",
    "OutboundMessage": "messages",
    "OpportunityCreate": "opportunities",
    "OpportunityUpdate": "opportunities",
    "OpportunityStageUpdate": "opportunities",
    "OpportunityStatusUpdate": "opportunities",
    "OpportunityMonetaryValueUpdate": "opportunities",
    "OpportunityAssignedToUpdate": "opportunities",
    "OpportunityDelete": "opportunities",
}
LIFE = ("INSTALL", "UNINSTALL")  # of the app itself
REMOVED = (
    "The app was uninstalled in GHL. Install it again and reconnect the account to continue. Existing data stays."
)
RECONNECT = "The app was installed again in GHL. Reconnect the account here to continue."


REFUSALS = {
    Verdict.WRONG: ("bad_signature", "The signature does not match."),
    Verdict.UNSIGNED: ("unsigned", "The request is not signed."),
    Verdict.LEGACY: ("legacy_signature", "Only X-GHL-Signature is accepted here."),
}


class GhlReceiver:
    """`Receiver` of GHL's webhooks. Its app has one address for all accounts, and its signature is the proof."""

    def verify(self, delivery: Delivery) -> str:
        if delivery.token:
            raise WebhookRefused("unknown_address", "No webhook address with this path exists.", 404)
        verdict = webhooks.verdict(delivery.headers, delivery.body, _keys())
        if not verdict.is_genuine:
            raise WebhookRefused(*REFUSALS[verdict], 401)
        return verdict

    def arrivals(self, delivery: Delivery, proof: str, now: datetime) -> list[Arrival]:  # noqa: ARG002
        try:
            event = webhooks.parse(delivery.body)
        except webhooks.Unreadable as error:
            raise WebhookRefused("unreadable", str(error)) from error
        connections = _addressed(event)
        arrival = _arrival(event, delivery.body, proof, connections)
        if event.type not in LIFE:
            return [arrival]
        return [replace(arrival, effect=partial(_live_or_end, event, connections))]

    def records(self, *_: object) -> dict[str, list[Record]]:
        """Nothing of a body enters the cache: GHL is asked again."""
        return {}


def _keys() -> Keys:
    return Keys(
        webhooks.ed25519_keys(settings.GHL_WEBHOOK_ED25519_KEYS), webhooks.rsa_keys(settings.GHL_WEBHOOK_RSA_KEYS)
    )


def _not_ours(kind: str) -> WebhookRefused:
    return WebhookRefused(kind, "No account here is affected.")


def _addressed(event: Event) -> list[Connection]:
    """The connections that an event is for; several only where an agency speaks for its sub-accounts."""
    if event.app_id and event.app_id != settings.GHL_CLIENT_ID.partition("-")[0]:
        raise _not_ours("other_app")
    found: QuerySet[Connection] = Connection.objects.none()
    if event.location_id:
        found = Connection.objects.filter(provider=PROVIDER, external_id=event.location_id)
    elif event.company_id:
        found = Connection.objects.filter(ghl_location__agency__company_id=event.company_id)
    connections = list(found.select_related("workspace", "ghl_location"))
    if not connections:
        raise _not_ours("unknown_location")
    if event.type not in LIFE and all(one.has_ended for one in connections):
        raise _not_ours("disconnected")  # whoever disconnected does not want what still comes
    return connections


def _arrival(event: Event, body: bytes, proof: str, connections: Sequence[Connection]) -> Arrival:
    stream = STREAMS.get(event.type, "") if event.location_id and event.object_id else ""
    return Arrival(
        provider=PROVIDER,
        webhook_id=event.webhook_id,
        type=event.type,
        signature=proof,
        body=body,
        connection_id=connections[0].pk if len(connections) == 1 else None,
        sent_at=event.sent_at,
        stream=stream,
        remote_id=event.object_id if stream else "",
        contact_remote_id=event.contact_id if stream else "",
        words=event.title if stream == "tasks" else "",
        is_done=event.type in LIFE,
        reason="" if stream else _reason(event),
    )


def _reason(event: Event) -> str:
    if event.type in LIFE:
        return ""
    if event.type in STREAMS:
        return "The event does not say which record it is about. The next sync reads it."
    return "Events of this type are not used here."


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
    AuditEntry.record(act="connection.uninstalled", actor=None, workspace=workspace, target=workspace.name)
