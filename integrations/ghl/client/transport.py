"""The only file that speaks HTTP: one request out, one response in, and which failures may have been delivered."""

import threading
from http.cookiejar import DefaultCookiePolicy
from typing import Protocol
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import MaxRetryError, NewConnectionError

from integrations.ghl.client.errors import ConnectionFailed, Timeout
from integrations.ghl.client.sansio import HttpRequest, HttpResponse, is_loopback

CONNECT_TIMEOUT = 10.0


class Transport(Protocol):
    """The seam between deciding and sending. Safe to call from any thread."""

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        """One attempt. Raises ConnectionFailed or Timeout when no whole answer arrived."""
        ...


class RequestsTransport:
    """`requests` with kept-alive connections: one session a thread, because a session is not thread-safe.

    `pool_size` is how many connections each thread keeps. Limit: the timeout counts from one piece of an answer to
    the next, so a server that drips can hold a call longer.
    """

    def __init__(self, *, pool_size: int = 4, verify: bool | str = True) -> None:
        self._pool_size = pool_size
        self._verify = verify
        self._local = threading.local()

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        session = self._session()
        # A proxy from the environment serves the outside world; it cannot reach this machine's own ports.
        session.trust_env = not is_loopback(urlsplit(request.url).hostname or "")
        try:
            response = session.request(
                request.method,
                request.url,
                headers=dict(request.headers),
                data=request.body,
                timeout=(min(timeout, CONNECT_TIMEOUT), timeout),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            # Without its cause: texts of the HTTP library hold whole URLs, and those hold people's data.
            raise _failure(error) from None
        return HttpResponse(response.status_code, response.headers, response.content)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = self._new_session()
        return session

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.verify = self._verify
        session.auth = _KeepAuthorization()
        # Accounts share a thread; nothing of one may stick to the next.
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=self._pool_size, pool_maxsize=self._pool_size, max_retries=0)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session


class _KeepAuthorization(AuthBase):
    """Stops `requests` from replacing our Authorization header by an entry of ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _failure(error: requests.RequestException) -> ConnectionFailed:
    kind = type(error).__name__
    if isinstance(error, requests.ConnectTimeout):
        return Timeout("the connection was not opened in time", sent=False)
    if isinstance(error, requests.Timeout):
        return Timeout("no answer came in time", sent=True)
    if _never_sent(error):
        return ConnectionFailed(f"the connection could not be opened ({kind})", sent=False)
    return ConnectionFailed(f"the connection broke before the whole answer was there ({kind})", sent=True)


def _never_sent(error: requests.RequestException) -> bool:
    """Whether surely nothing was sent: no name, no route, no proxy, or a request that could not be built.

    A TLS failure counts as maybe sent: the library does not say whether it came before or after the request.
    """
    if isinstance(error, requests.exceptions.ProxyError | ValueError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
