"""What the proxies in front must say; where they do not, a sentence instead of a guess."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from integrations.security.addresses import client_address
from integrations.sync.tally import FEW_ADDRESSES, NO_SCHEME


class WrongProxies(BadRequest):
    """The proxies' headers do not fit TRUSTED_PROXIES. `kind` is how it is counted, `str()` what is wrong."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class ForwardedScheme:
    """Refuses what a trusted proxy forwarded without saying whether it came by https.

    Such a request counts as http: the page would redirect to itself for ever, and every form would be refused.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.TRUSTED_PROXIES and not request.headers.get("X-Forwarded-Proto"):
            raise WrongProxies(NO_SCHEME, "The proxy in front of this site does not send X-Forwarded-Proto.")
        return self.get_response(request)


def address_or_400(request: HttpRequest) -> str:
    """Where the request came from. Raises WrongProxies where that cannot be told: attempts are counted by it."""
    address = client_address(request)
    if not address:
        raise WrongProxies(
            FEW_ADDRESSES,
            f"This site expects {settings.TRUSTED_PROXIES} proxies in front of it, but X-Forwarded-For "
            "holds no valid address of the visitor.",
        )
    return address
