"""What an account says of itself, and what pages may know of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Remote:
    """What the account calls itself; fills the workspace's name, zone and country (two letters or "")."""

    name: str
    timezone: str
    country: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """What pages may know of a connection. `connection_id` is what command lines name it by.

    `sign_in` says in words how it is connected and how far; `hears_changes` whether webhooks may come for it.

    `is_unreadable`: it is not usable because this process lacks the key of its stored sign-in. Nothing else is
    wrong with it, so it works again by itself once the key is back.

    `may_heal`: nothing says for certain that a person is needed, so runs go on trying it.

    `warning` is a sentence on what people should mend in the account, although it works.

    `burst_used` of `burst_limit` requests were made in the window that ends now; bulk reads leave the last
    `reserved_for_people` of them free.
    """

    connection_id: str
    kind: str
    state: str
    label: str
    is_usable: bool
    may_write: bool
    sign_in: str = ""
    hears_changes: bool = True
    is_unreadable: bool = False
    may_heal: bool = False
    warning: str = ""
    reason: str = ""
    detail: str = ""
    remote_id: str = ""
    scopes: Sequence[str] = ()
    broken_since: datetime | None = None
    connected_at: datetime | None = None
    requests_today: int = 0
    daily_limit: int = 0
    requests_per_second: float = 0.0  # what the provider allows for long; 0 when that is not known
    burst_used: int = 0
    burst_limit: int = 0
    reserved_for_people: int = 0
    reconnect_url: str = ""
