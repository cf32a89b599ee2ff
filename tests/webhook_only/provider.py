"""A booking system without an API: it signs what it posts with the secret of the account; nobody can ask it."""

import hashlib
import hmac
import json

from integrations.activity.kinds.contact import ContactRecord
from integrations.activity.kinds.note import NoteRecord
from integrations.connections.basic import BasicProvider
from integrations.connections.models import Connection
from integrations.connections.ports import Permanent
from integrations.connections.receiving import Arrival, WebhookRefused

SECRET = b"a-secret-of-the-account"


class Receiver:
    """The address names the account; its secret is what proves the sender."""

    def verify(self, delivery):
        return ""

    def arrivals(self, delivery, proof, now):
        connection = Connection.objects.filter(provider="bookings", external_id=delivery.token).first()
        if connection is None:
            raise WebhookRefused("unknown_address", "No webhook address with this path exists.", 404)
        if delivery.headers.get("X-Signature") != sign(delivery.body):
            raise WebhookRefused("bad_signature", "The signature does not match.", 401)
        event = json.loads(delivery.body)
        about = {"webhook_id": event["id"], "type": event["type"], "signature": "hmac", "body": delivery.body}
        return [Arrival("bookings", connection_id=connection.pk, is_told=True, **about)]

    def records(self, connection, event_type, body):
        event = json.loads(body)
        if event_type != "booked":
            raise Permanent("Events of this type are not understood.")
        contact = ContactRecord(remote_id=event["guest"], name=event["name"])
        note = NoteRecord(remote_id=event["id"], contact_remote_id=event["guest"], body=event["said"])
        return {"contacts": [contact], "notes": [note]}


class Provider(BasicProvider):
    name = short_name = "Bookings"
    receiver = Receiver()


def sign(body):
    return hmac.new(SECRET, body, hashlib.sha256).hexdigest()
