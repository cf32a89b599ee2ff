"""The addresses that systems post their events to: verify, store, answer; everything else happens later.

2xx for whatever need not come again, 401 for what its system did not sign, 429 only to be left alone for a while.
"""

import time
from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import DatabaseError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations.connections import registry
from integrations.connections.ports import Receiver
from integrations.connections.receiving import Delivery, WebhookRefused
from integrations.security.breaker import Breaker
from integrations.sync import tally
from integrations.sync.inbox.ingest import Ingested, ingest
from integrations.workspace.patience import waiting_at_most

log = structlog.get_logger(__name__)
LARGEST = 1024 * 1024
# GHL comes again after ten minutes, whatever it is told.
RETRY_AFTER = {"Retry-After": "600"}
# How long an event waits for a database that somebody else holds: what is sent back comes again ten minutes later.
# The next ones then do not queue up for it.
PATIENCE_SECONDS = 2.0
breaker = Breaker(1.0)


@csrf_exempt  # a server posts here, which has no session and no form; its signature is what a token would prove
@require_POST
def receive(request: HttpRequest, provider: str, token: str = "", event: str = "") -> HttpResponse:
    """Keep the events of one delivery."""
    receiver = registry.receiver(provider)
    if receiver is None:
        raise Http404("No system of this name posts events here.")
    if _length(request) > LARGEST or len(request.body) > LARGEST:
        return _not_kept(provider, "too_large", "The body is too large.", 413)
    delivery = Delivery(request.body, request.headers, token, event)
    try:
        came_to = _ingest(receiver, delivery, receiver.verify(delivery), timezone.now())
    except WebhookRefused as refused:
        return _not_kept(provider, refused.kind, str(refused), refused.status)
    except DatabaseError as error:
        # Locked, full, or just being restarted: GHL sends again after 429, and after no answer of 5xx.
        log.warning("webhook not stored", provider=provider, error=type(error).__name__)
        words = "This could not be stored. Send it again later."
        return _not_kept(provider, "not_stored", words, 429, RETRY_AFTER)
    return _answer(provider, came_to)


def _answer(provider: str, came_to: Sequence[Ingested]) -> HttpResponse:
    if Ingested.TOO_MANY in came_to:
        words = "Too many events wait. Send this again later."
        return _not_kept(provider, "too_many", words, 429, RETRY_AFTER)
    if Ingested.STORED in came_to:
        return HttpResponse("Stored.", content_type="text/plain")
    return _not_kept(provider, "duplicate", "This event is known already.", 200)


def _ingest(receiver: Receiver, delivery: Delivery, proof: str, now: datetime) -> list[Ingested]:
    """Keep what a delivery brings. Raises WebhookRefused; DatabaseError where that cannot be done just now."""
    if breaker.is_open:
        raise OperationalError("The database was busy a moment ago.")
    began = time.monotonic()
    try:
        with waiting_at_most(PATIENCE_SECONDS):
            return [ingest(arrival, now) for arrival in receiver.arrivals(delivery, proof, now)]
    except OperationalError:
        # One that fails at once, a full disk for example, keeps nobody waiting.
        if time.monotonic() - began >= PATIENCE_SECONDS:
            breaker.trip()
        raise


def _length(request: HttpRequest) -> int:
    """The announced length; nonsense counts as none, and then what was read is measured."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    if not (said.isascii() and said.isdigit()):
        return 0
    return int(said) if len(said) < 19 else LARGEST + 1  # Python refuses to read a number of thousands of digits


def _not_kept(
    provider: str, kind: str, text: str, status: int, headers: dict[str, str] | None = None
) -> HttpResponse:
    tally.count(provider, kind, timezone.now())
    return HttpResponse(text, status=status, headers=headers, content_type="text/plain")
