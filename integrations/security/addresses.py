"""From which address a request came, behind as many proxies as the settings trust."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """An IP address in its shortest form; "" when it is unknown. Never raises.

    Each trusted proxy adds on the right whom it saw. What stands further to the left anybody may have written.
    """
    if settings.TRUSTED_PROXIES < 1:
        return _normal(request.META.get("REMOTE_ADDR", ""))
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if len(seen) < settings.TRUSTED_PROXIES:
        return ""
    return _normal(seen[-settings.TRUSTED_PROXIES])


def _normal(text: str) -> str:
    try:
        found = ip_address(text.strip())
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
