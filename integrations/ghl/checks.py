"""System checks of the GHL settings: what would only fail in the middle of somebody's sign-in fails at start."""

import ipaddress
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.urls import reverse

from integrations.ghl.client import webhooks


@register()
def check_client(**_: Any) -> list[CheckMessage]:
    """Id and secret come as a pair; with neither, private tokens still work."""
    if bool(settings.GHL_CLIENT_ID) == bool(settings.GHL_CLIENT_SECRET):
        return []
    missing = "GHL_CLIENT_SECRET" if settings.GHL_CLIENT_ID else "GHL_CLIENT_ID"
    return [
        Error(
            f"{missing} is not set, but its counterpart is.",
            hint="Set both from the app's page in GHL's marketplace, or neither to use private tokens only.",
            id="ghl.E001",
        )
    ]


@register()
def check_redirect(**_: Any) -> list[CheckMessage]:
    """The address that GHL sends browsers back to, when it is set by hand."""
    if not settings.GHL_REDIRECT_URI:
        return []
    try:
        parts = urlsplit(settings.GHL_REDIRECT_URI)
        host = parts.hostname or ""
    except ValueError:
        return [_redirect_error("cannot be read as an address", "ghl.E002")]
    found: list[CheckMessage] = []
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))):
        found.append(_redirect_error("must be a full https address (http only on loopback)", "ghl.E002"))
    if parts.query or parts.fragment or parts.username:
        found.append(_redirect_error("must have no query, no fragment and no user name", "ghl.E003"))
    if not parts.path.endswith(reverse("ghl:callback")):
        found.append(_wrong_path())
    return found


@register()
def check_webhook_keys(**_: Any) -> list[CheckMessage]:
    """Keys that are none would refuse every webhook, and nobody would know why."""
    readers: dict[str, Callable[[Sequence[str]], object]] = {
        "GHL_WEBHOOK_ED25519_KEYS": webhooks.ed25519_keys,
        "GHL_WEBHOOK_RSA_KEYS": webhooks.rsa_keys,
    }
    found: list[CheckMessage] = []
    for number, (name, read) in enumerate(readers.items(), start=4):
        try:
            read(getattr(settings, name))
        except (ValueError, UnsupportedAlgorithm):
            hint = "Give public keys as base64 DER (SPKI) or PEM, separated by commas."
            found.append(
                Error(f"{name} holds a value that is not such a public key.", hint=hint, id=f"ghl.E00{number}")
            )
    return found


def _redirect_error(fault: str, code: str) -> Error:
    return Error(f"GHL_REDIRECT_URI {fault}.", hint="GHL compares it letter by letter with the app's.", id=code)


def _wrong_path() -> Warning:
    return Warning(
        f"GHL_REDIRECT_URI does not end in {reverse('ghl:callback')}.",
        hint="That is the path this site answers on. Another one needs a proxy that rewrites it.",
        id="ghl.W001",
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
