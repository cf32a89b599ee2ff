"""The only file that speaks HTTP: one request out, one response in, and which failures may have been delivered."""

import os
from collections import deque
from functools import lru_cache
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import pycurl
from certifi import where

from integrations.ghl.client.errors import ConnectionFailed, Timeout
from integrations.ghl.client.sansio import HttpRequest, HttpResponse, is_loopback

CONNECT_TIMEOUT = 10.0
# What surely happened before anything was sent, whatever was exchanged with a proxy.
NOT_REACHED = {
    pycurl.E_UNSUPPORTED_PROTOCOL,
    pycurl.E_URL_MALFORMAT,
    pycurl.E_COULDNT_RESOLVE_PROXY,
    pycurl.E_COULDNT_RESOLVE_HOST,
    pycurl.E_COULDNT_CONNECT,
}


class Transport(Protocol):
    """The seam between deciding and sending. Safe to call from any thread."""

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        """One attempt. Raises ConnectionFailed or Timeout when no whole answer arrived."""
        ...


class PooledTransport:
    """`libcurl` with kept-alive connections that all threads share: a third of the work of `urllib3`.

    It keeps no cookies and reads no ~/.netrc, so nothing of one account sticks to the next. `pool_size` is how
    many connections are kept. `timeout` is for the whole call, so a server that drips holds nobody.
    """

    def __init__(self, *, pool_size: int = 4, verify: str = "") -> None:
        """`verify` is a file of trusted authorities other than the usual ones."""
        self._authorities = verify or _authorities()
        # One handle keeps one connection. The last one used is taken first: it is the least likely to be closed.
        self._idle: deque[tuple[int, pycurl.Curl]] = deque(maxlen=pool_size)
        self._of_parent: list[pycurl.Curl] = []

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        handle, head, body = self._take(), list[bytes](), list[bytes]()
        try:
            self._prepare(handle, request, timeout)
            handle.setopt(pycurl.HEADERFUNCTION, head.append)
            handle.setopt(pycurl.WRITEFUNCTION, body.append)
            handle.perform()
            return HttpResponse(handle.getinfo(pycurl.RESPONSE_CODE), _headers(head), b"".join(body))
        except (pycurl.error, ValueError) as error:
            # Without its cause: texts of the HTTP library hold whole URLs, and those hold people's data.
            raise _failure(error, handle) from None
        finally:
            body.clear()  # the handle, which is kept, holds on to the list
            self._idle.append((os.getpid(), handle))

    def _take(self) -> pycurl.Curl:
        try:
            owner, handle = self._idle.pop()
        except IndexError:
            return self._new()
        if owner == os.getpid():
            return handle
        # Opened before a fork: the parent's, which closing it here would cut off.
        self._of_parent.append(handle)
        return self._take()

    def _new(self) -> pycurl.Curl:
        handle = pycurl.Curl()
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.ACCEPT_ENCODING, "")  # whatever the library can unpack
        handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        handle.setopt(pycurl.CAINFO, self._authorities)
        handle.setopt(pycurl.NOSIGNAL, 1)
        return handle

    def _prepare(self, handle: pycurl.Curl, request: HttpRequest, timeout: float) -> None:
        """Everything that a request before may have set otherwise."""
        handle.setopt(pycurl.URL, request.url)
        handle.setopt(
            pycurl.HTTPHEADER, ["Expect:", *(f"{name}: {text}" for name, text in request.headers.items())]
        )
        handle.setopt(pycurl.PROXY, _proxy(request.url))
        handle.setopt(pycurl.CONNECTTIMEOUT_MS, _milliseconds(min(timeout, CONNECT_TIMEOUT)))
        handle.setopt(pycurl.TIMEOUT_MS, _milliseconds(timeout))
        # A kept connection that turns out to be dead makes the library send again, and nothing that changes
        # something may ever be sent twice.
        handle.setopt(pycurl.FRESH_CONNECT, int(request.method != "GET"))
        if request.body is not None or request.method in ("POST", "PUT", "PATCH"):
            handle.setopt(pycurl.POSTFIELDS, request.body or b"")
        else:
            handle.setopt(pycurl.HTTPGET, 1)  # forgets the body of the request before
        handle.setopt(pycurl.CUSTOMREQUEST, request.method)


def _milliseconds(seconds: float) -> int:
    return max(1, round(1000 * seconds))  # 0 would mean for ever


def _headers(lines: list[bytes]) -> dict[str, str]:
    """The headers of the last response of a call; one before it may have been informational."""
    headers: dict[str, str] = {}
    for line in b"".join(lines).decode("latin-1").split("\r\n"):
        if line.startswith("HTTP/"):
            headers = {}
        elif ":" in line:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
    return headers


def _authorities() -> str:
    """The file of trusted certificate authorities; companies name their own in the variables curl knows."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or where()


def _proxy(url: str) -> str:
    return _proxy_of("/".join(url.split("/", 3)[:3]))


@lru_cache(maxsize=16)
def _proxy_of(origin: str) -> str:
    parts = urlsplit(origin)
    scheme, host = parts.scheme, parts.hostname or ""
    # A proxy from the environment serves the outside world; it cannot reach this machine's own ports.
    if is_loopback(host) or proxy_bypass(host):
        return ""
    proxies = getproxies()
    found = proxies.get(scheme) or proxies.get("all") or ""
    return found if not found or "://" in found else f"http://{found}"


def _failure(error: Exception, handle: pycurl.Curl) -> ConnectionFailed:
    """Whether the request was sent is what counts: a write that may have arrived is not repeated blindly."""
    code = error.args[0] if isinstance(error, pycurl.error) else pycurl.E_URL_MALFORMAT
    was_refused_by_proxy = handle.getinfo(pycurl.HTTP_CONNECTCODE) not in (0, 200)
    sent = handle.getinfo(pycurl.REQUEST_SIZE) > 0 and code not in NOT_REACHED and not was_refused_by_proxy
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return Timeout("no answer came in time" if sent else "the connection was not opened in time", sent=sent)
    if sent:
        return ConnectionFailed(f"the connection broke before the whole answer was there (curl {code})", sent=True)
    return ConnectionFailed(f"the connection could not be opened (curl {code})", sent=False)
