"""The address that GHL posts its events to: verify, store, answer; everything else happens later.

200 for whatever need not come again, 401 for what GHL did not sign, 429 only to be left alone for a while.
"""

import time
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations.ghl import events
from integrations.ghl.client import webhooks
from integrations.ghl.client.webhooks import Keys, Verdict
from integrations.ghl.models import PROVIDER
from integrations.security.breaker import Breaker
from integrations.sync import tally
from integrations.sync.inbox import Taken
from integrations.workspace.patience import waiting_at_most

log = structlog.get_logger(__name__)
LARGEST = 1024 * 1024
# GHL comes again after ten minutes, whatever it is told.
RETRY_AFTER = {"Retry-After": "600"}
# How long an event waits for a database that somebody else holds: what is sent back comes again ten minutes later.
# The next ones then do not queue up for it.
PATIENCE_SECONDS = 2.0
breaker = Breaker(1.0)
REFUSALS = {
    Verdict.WRONG: ("bad_signature", "The signature does not fit."),
    Verdict.UNSIGNED: ("unsigned", "The request is not signed."),
    Verdict.LEGACY: ("legacy_signature", "Only X-GHL-Signature is accepted here."),
}


@csrf_exempt  # a server posts here, which has no session and no form; its signature is what a token would prove
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Keep one event."""
    now = timezone.now()
    if _length(request) > LARGEST:
        return _not_kept("too_large", "The body is too large.", 413)
    body = request.body
    verdict = webhooks.verdict(request.headers, body, _keys())
    if not verdict.is_genuine:
        return _not_kept(*REFUSALS[verdict], 401)
    try:
        taken = _take(webhooks.parse(body), body, verdict, now)
    except webhooks.Unreadable as error:
        return _not_kept("unreadable", str(error), 200)
    except events.NotOurs as error:
        return _not_kept(str(error), "Nothing here is concerned.", 200)
    except DatabaseError as error:
        # Locked, full, or just being restarted: GHL sends again after 429, and after no answer of 5xx.
        log.warning("webhook not stored", error=type(error).__name__)
        return _not_kept("not_stored", "This could not be stored. Send it again later.", 429, RETRY_AFTER)
    if taken == Taken.STORED:
        return HttpResponse("Stored.", content_type="text/plain")
    if taken == Taken.TOO_MANY:
        return _not_kept("too_many", "Too many events wait. Send this again later.", 429, RETRY_AFTER)
    return _not_kept("duplicate", "This is known.", 200)


def _take(event: webhooks.Event, body: bytes, verdict: Verdict, now: datetime) -> Taken:
    """Keep an event. Raises DatabaseError where that cannot be done at the moment."""
    if breaker.is_open:
        raise OperationalError("The database was busy a moment ago.")
    began = time.monotonic()
    try:
        with waiting_at_most(PATIENCE_SECONDS):
            return events.take(event, body, verdict, now)
    except OperationalError:
        # One that fails at once, a full disk for example, keeps nobody waiting.
        if time.monotonic() - began >= PATIENCE_SECONDS:
            breaker.trip()
        raise


def _length(request: HttpRequest) -> int:
    """The announced length; without one, or with nonsense, nothing is read."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    if not (said.isascii() and said.isdigit()):
        return 0
    return int(said) if len(said) < 19 else LARGEST + 1  # Python refuses to read a number of thousands of digits


def _keys() -> Keys:
    return Keys(
        webhooks.ed25519_keys(settings.GHL_WEBHOOK_ED25519_KEYS), webhooks.rsa_keys(settings.GHL_WEBHOOK_RSA_KEYS)
    )


def _not_kept(kind: str, text: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    tally.count(PROVIDER, kind, timezone.now())
    return HttpResponse(text, status=status, headers=headers, content_type="text/plain")
