"""What a page takes while strangers hold half-sent requests, beside the same page before."""

import os
import socket
import threading
import time
from contextlib import contextmanager

import requests

from tests.benchmarks.rows import Row, house_beside
from tests.browser.house import ADMIN, PASSWORD

# How long strangers hold on; two minutes unless somebody is in a hurry.
SECONDS = float(os.environ.get("STRANGERS_SECONDS", "120"))
HELD = (24, 100, 500)
HALF = {
    "bodies": b"POST /integrations/webhook/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx",
    "chunked bodies": b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
    "headers": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n",
}
PAGES = ("/contacts/", "/account/sessions/", "/connections/")


def rows():
    """A row for each number and kind of half-sent request, all against one installation."""
    with house_beside("--contacts", "60") as house:
        yield from _measured(house)


def _measured(house):
    browser = signed_in(house)
    took(house, browser, 5)
    for number in HELD:
        for what in HALF if number == HELD[0] else ["bodies"]:
            before = took(house, browser, min(20.0, SECONDS))
            with held(house.port, number, HALF[what]) as renewed:
                during = took(house, browser, SECONDS)
            yield Row(
                f"page p99 with {number} half-sent {what} for {SECONDS:.0f} s (ms)",
                f"{p99(during) * 1000:.0f} = x {p99(during) / p99(before):.2f}",
                f"{p99(before) * 1000:.0f} before; {len(during)} pages, {len(renewed)} sockets renewed",
                "< x 3",
            )


def signed_in(house):
    """A browser with the admin's session."""
    browser = requests.Session()
    address = f"{house.url}/account/login/"
    browser.get(address, timeout=30)
    fields = {"login": ADMIN, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    assert browser.post(address, fields, timeout=30).ok
    return browser


def took(house, browser, seconds):
    """Seconds of each page asked for within that time, one after the other; one that fails ends it all."""
    until, found = time.monotonic() + seconds, []
    while time.monotonic() < until:
        for page in PAGES:
            began = time.perf_counter()
            answer = browser.get(house.url + page, timeout=60)
            found.append(time.perf_counter() - began)
            assert answer.status_code == 200, f"{page} answered {answer.status_code}"
            time.sleep(0.02)
    return found


def p99(values):
    """The value that 99 of 100 stay below."""
    return sorted(values)[int(len(values) * 0.99)]


@contextmanager
def held(port, number, half):
    """So many connections that sent `half` of a request; whichever the server ends is opened anew at once."""
    ended, renewed = threading.Event(), []
    sockets = [_begun(port, half) for _ in range(number)]
    keeper = threading.Thread(target=_keep, args=(port, half, sockets, ended, renewed))
    keeper.start()
    try:
        yield renewed
    finally:
        ended.set()
        keeper.join()
        for one in sockets:
            one.close()


def _begun(port, half):
    one = socket.create_connection(("127.0.0.1", port), timeout=10)
    one.sendall(half)
    one.setblocking(False)
    return one


def _keep(port, half, sockets, ended, renewed):
    while not ended.wait(0.1):
        for place, one in enumerate(sockets):
            if _is_over(one):
                one.close()
                sockets[place] = _begun(port, half)
                renewed.append(place)


def _is_over(one):
    try:
        while one.recv(65536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
