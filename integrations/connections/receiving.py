"""What comes in by webhook, on its way from a provider's receiver to the inbox."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

# The stream of what cannot be asked for: the event itself is all there will ever be.
EVENT = "event"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request of a sender: its raw body, its headers (whatever their case), and what its address names."""

    body: bytes
    headers: Mapping[str, str]
    token: str = ""
    event: str = ""


class WebhookRefused(Exception):
    """Nothing of a delivery is kept. It is counted under `kind`; `str()` and `status` are what its sender hears.

    A status of 200 is for what need not come again.
    """

    def __init__(self, kind: str, words: str, status: int = 200) -> None:
        super().__init__(words)
        self.kind, self.status = kind, status


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event as its provider understood it.

    With a stream and an id it hints at what is to be read again, `words` being what finds a task whose contact it
    does not name. `is_told`: it cannot be asked for, so what the body tells is stored. Otherwise nothing is to be
    done; `is_done` and `reason` say whether something was. `effect` is called with the time, in the transaction
    that keeps the event for the first time.
    """

    provider: str
    webhook_id: str
    type: str
    signature: str
    body: bytes
    connection_id: int | None = None
    sent_at: datetime | None = None
    stream: str = ""
    remote_id: str = ""
    contact_remote_id: str = ""
    words: str = ""
    is_told: bool = False
    is_done: bool = False
    reason: str = ""
    effect: Callable[[datetime], None] | None = None
