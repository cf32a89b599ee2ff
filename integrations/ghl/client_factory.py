"""Makes clients as this installation is set up: GHL's address, the generation, time-outs, the shared budget."""

from typing import Any, cast

from django.conf import settings

from integrations.connections.ports import Lane
from integrations.ghl.budget import BUCKET
from integrations.ghl.client.api import Client
from integrations.ghl.client.auth import Auth
from integrations.ghl.client.operations import Generation
from integrations.ghl.client.transport import PooledTransport, Transport
from integrations.security import callouts

# One attempt of a call that a person waits for.
ATTEMPT_SECONDS = 10.0


def new_client(
    key: str,
    auth: Auth | None = None,
    *,
    lane: Lane = Lane.PERSON,
    transport: Transport | None = None,
    timeout: float | None = None,
    **hooks: Any,
) -> Client:
    """A client on the budget named by `key`; in a web request it ends with the cap of the request. Seconds."""
    return Client(
        base_url=settings.GHL_API_BASE_URL,
        transport=transport or PooledTransport(),
        bucket=BUCKET,
        key=key,
        auth=auth,
        generation=cast(Generation, settings.GHL_API_GENERATION),
        lane=lane,
        deadline=callouts.current(),
        # A person does not wait half a minute, and must not keep others waiting behind them.
        timeout=timeout
        or (settings.GHL_TIMEOUT if lane == Lane.BULK else min(settings.GHL_TIMEOUT, ATTEMPT_SECONDS)),
        **hooks,
    )
