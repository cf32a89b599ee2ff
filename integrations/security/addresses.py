"""From which address a request came, behind as many proxies as the settings trust."""

from ipaddress import ip_address, ip_network

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


def counted_as(address: str) -> str:
    """What attempts from an address count by: itself, or the 64-bit network that one subscriber of IPv6 has."""
    return str(ip_network(f"{address}/64", strict=False)) if ":" in address else address


def _normal(text: str) -> str:
    text = text.strip()
    if text.startswith("["):  # some proxies add the port: [2001:db8::1]:443
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
