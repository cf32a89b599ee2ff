"""What is said of a write that waits, and how long one that was accepted is only looked for. Pure."""

from datetime import datetime, timedelta

from integrations.connections.models import Connection
from integrations.connections.ports import AuthLost, RateLimited, SyncError, Transient
from integrations.sync.models import Write

# Their reads may lag behind their writes: what they accepted is looked for 1, 2, 4 and 8 s later before it is sent
# again, and is not sent a third time.
LOOKS = tuple(timedelta(seconds=seconds) for seconds in (1, 3, 7, 15))
OLD_STATE = "It was sent, but reading it back shows the old state."


class NotShown(Transient):
    """What was accepted does not show yet. `wait` is how long to leave it alone, None after the last look."""

    def __init__(self, wait: timedelta | None) -> None:
        super().__init__(OLD_STATE)
        self.wait = wait


def is_answer(error: SyncError) -> bool:
    """Whether the provider works, though it did not do what was asked."""
    return isinstance(error, NotShown) or not isinstance(error, Transient | AuthLost)


def until_next_look(sent_or_accepted_at: datetime, now: datetime) -> timedelta | None:
    """How long to wait before looking again for what was accepted then; None after the last look."""
    since = now - sent_or_accepted_at
    return next((mark - since for mark in LOOKS if mark > since), None)


def for_connection(connection: Connection) -> str:
    """Why a write of a connection cannot be sent now; "" where it can."""
    return "" if connection.state == Connection.State.CONNECTED else for_reconnect(connection)


def for_reconnect(connection: Connection, *, was_sent: bool = False) -> str:
    """Why a write waits until a person has renewed the credentials."""
    account = connection.workspace.name
    if was_sent:
        return f"Not confirmed yet. It will be checked when an admin reconnects {account}."
    return f"Not sent yet. It will go out when an admin reconnects {account}."


def for_system(error: SyncError, system: str, *, was_sent: bool) -> str:
    """Why a write waits after an error that passes by itself."""
    if not isinstance(error, RateLimited):
        return for_outage(system, was_sent=was_sent)
    if was_sent:
        return f"Not confirmed yet. It will be checked when {system} accepts more requests."
    return f"Not sent yet. It will go out when {system} accepts more requests."


def for_outage(system: str, *, was_sent: bool) -> str:
    """Why a write waits while its provider does not work."""
    if was_sent:
        return f"Not confirmed yet. It will be checked when {system} {Write.WORKS_AGAIN}"
    return f"Not sent yet. It will go out when {system} {Write.WORKS_AGAIN}"
