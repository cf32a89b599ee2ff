"""The only file that speaks HTTP: one request out, one response in, and which failures may have been delivered."""

import os
from functools import lru_cache
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from certifi import where
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NewConnectionError,
    ProxyError,
    TimeoutError,
)
from urllib3.util.request import ACCEPT_ENCODING

from integrations.ghl.client.errors import ConnectionFailed, Timeout
from integrations.ghl.client.sansio import HttpRequest, HttpResponse, is_loopback

CONNECT_TIMEOUT = 10.0


class Transport(Protocol):
    """The seam between deciding and sending. Safe to call from any thread."""

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        """One attempt. Raises ConnectionFailed or Timeout when no whole answer arrived."""
        ...


class PooledTransport:
    """`urllib3` with kept-alive connections that all threads share: half the work of a `requests` session.

    It keeps no cookies and reads no ~/.netrc, so nothing of one account sticks to the next. `pool_size` is how
    many connections are kept. Limit: the timeout counts from one piece of an answer to the next, so a server
    that drips can hold a call longer.
    """

    def __init__(self, *, pool_size: int = 4, verify: str = "") -> None:
        """`verify` is a file of trusted authorities other than the usual ones."""
        self._pool_size = pool_size
        self._authorities = verify or _authorities()
        self._manager = lru_cache(self._new_manager)

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        try:
            response = self._manager(_proxy(request.url)).urlopen(
                request.method,
                request.url,
                body=request.body,
                headers={"Accept-Encoding": ACCEPT_ENCODING, **request.headers},
                timeout=urllib3.Timeout(connect=min(timeout, CONNECT_TIMEOUT), read=timeout),
                retries=False,
                redirect=False,
            )
        except (HTTPError, OSError, ValueError) as error:
            # Without its cause: texts of the HTTP library hold whole URLs, and those hold people's data.
            raise _failure(error) from None
        return HttpResponse(response.status, dict(response.headers.items()), response.data)

    def _new_manager(self, proxy: str) -> urllib3.PoolManager:
        if not proxy:
            return urllib3.PoolManager(maxsize=self._pool_size, ca_certs=self._authorities)
        signed_in = urllib3.util.parse_url(proxy).auth
        return urllib3.ProxyManager(
            proxy,
            maxsize=self._pool_size,
            ca_certs=self._authorities,
            proxy_headers=urllib3.make_headers(proxy_basic_auth=signed_in) if signed_in else None,
        )


def _authorities() -> str:
    """The file of trusted certificate authorities; companies name their own in the variables curl knows."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or where()


@lru_cache(maxsize=16)
def _proxy_of(scheme: str, host: str) -> str:
    # A proxy from the environment serves the outside world; it cannot reach this machine's own ports.
    if is_loopback(host) or proxy_bypass(host):
        return ""
    proxies = getproxies()
    found = proxies.get(scheme) or proxies.get("all") or ""
    return found if not found or "://" in found else f"http://{found}"


def _proxy(url: str) -> str:
    parts = urlsplit(url)
    return _proxy_of(parts.scheme, parts.hostname or "")


def _failure(error: Exception) -> ConnectionFailed:
    kind = type(error).__name__
    # Surely nothing was sent: no name, no route, no proxy, or an address that is none. A TLS failure counts as
    # maybe sent: the library does not say whether it came before or after the request.
    if isinstance(error, NewConnectionError | ProxyError | LocationValueError):
        return ConnectionFailed(f"the connection could not be opened ({kind})", sent=False)
    if isinstance(error, ConnectTimeoutError):
        return Timeout("the connection was not opened in time", sent=False)
    if isinstance(error, TimeoutError):
        return Timeout("no answer came in time", sent=True)
    return ConnectionFailed(f"the connection broke before the whole answer was there ({kind})", sent=True)
