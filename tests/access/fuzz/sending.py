"""Hands requests to the site as a WSGI server does, and says which of them reached a view and how they ended."""

import sys
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.core.signals import got_request_exception, request_finished, request_started
from django.db import close_old_connections, transaction

from config.handler import Utf8Handler
from tests.access.fuzz.asked import Asked

REACHED = "tests.access.reached"


class NoteReached:
    """A middleware behind all others: whoever comes by here goes on to a view."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        request.environ[REACHED] = True


@dataclass
class Outcome:
    """How one request ended; `trace` is empty unless the site failed."""

    status: int
    has_reached: bool
    trace: str = ""


@dataclass
class Tally:
    """What became of many requests; of those that failed, the first with each last line of its trace."""

    statuses: Counter[int] = field(default_factory=Counter)
    reached: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, number: int, asked: Asked, outcome: Outcome) -> None:
        self.statuses[outcome.status] += 1
        self.reached += outcome.has_reached
        if outcome.status >= 500 and outcome.trace:
            last = outcome.trace.strip().rpartition("\n")[2]
            self.failed.setdefault(last[:100], f"request {number}: {repr(asked)[:3000]}\n{outcome.trace}")


class Site:
    """The site behind its WSGI entry. Each request finds the same rows: what one did is taken back at once."""

    def __init__(self) -> None:
        self.handler = Utf8Handler()
        self.traces: list[str] = []

    def __enter__(self) -> "Site":
        got_request_exception.connect(self._note)
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)  # the connection has a transaction of the test open
        return self

    def __exit__(self, *_: object) -> None:
        got_request_exception.disconnect(self._note)
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)

    def _note(self, **_: Any) -> None:
        self.traces.append(traceback.format_exc())

    def send(self, asked: Asked) -> Outcome:
        environ, heads = asked.environ(), []
        self.traces.clear()
        with transaction.atomic():
            try:
                response = self.handler(environ, lambda status, headers: heads.append(status))
                b"".join(response)
                response.close()
            except Exception:  # noqa: BLE001  any at all is what is looked for
                heads[:] = ["500 raised through"]
                self.traces.append("".join(traceback.format_exception(*sys.exc_info())))
            transaction.set_rollback(True)
        return Outcome(int(heads[0][:3]), environ.get(REACHED, False), "\n".join(self.traces))
