"""What a browser with an empty cache fetches for one page: bytes on the wire and requests."""

from dataclasses import dataclass
from typing import Any

from tests.benchmarks.served import Reader
from tests.browser.chromium import find_chromium, launched

# After the page and its parts: long enough for what it asks for by itself.
SETTLED = 1000


@dataclass(frozen=True)
class Visit:
    """What the page is made of, in bytes and requests; `later` are the bytes of its first questions for news."""

    requests: int
    size: int
    later: int


def first_visit(reader: Reader, path: str) -> Visit | None:
    """One visit of somebody who is signed in; None where there is no Chromium."""
    chromium = find_chromium()
    if not chromium:
        return None
    with launched(chromium) as browser:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": c.name, "value": c.value, "url": reader.url} for c in reader.cookies])
        page, polls, sizes = context.new_page(), set(), {}
        watch = context.new_cdp_session(page)
        watch.send("Network.enable")
        watch.on("Network.requestWillBeSent", lambda event: _note_poll(event, polls))
        watch.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: _size(event)}))
        page.goto(reader.url + path)
        page.wait_for_timeout(SETTLED)
    parts = [size for request, size in sizes.items() if request not in polls]
    return Visit(len(parts), round(sum(parts)), round(sum(sizes.values()) - sum(parts)))


def _note_poll(event: dict[str, Any], polls: set[str]) -> None:
    if event["request"]["url"].partition("?")[0].endswith("/live/"):
        polls.add(event["requestId"])


def _size(event: dict[str, Any]) -> float:
    return event["encodedDataLength"]
