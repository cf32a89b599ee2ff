"""What pages may show of the engine: connections, runs and writes, without naming a table or a provider.

Pages import from here alone. Where a row is shown as it is, its class has a plain name here: `runs.Run`.
"""

from integrations.sync.health.accounts import (
    OFF,
    Account,
    Capability,
    account_of,
    accounts,
    capabilities,
    connection_status,
    connection_statuses,
    homes,
    unread,
    unread_of,
    with_freshness,
)
from integrations.sync.health.contacts import (
    PageState,
    fetch_request_of,
    is_aged,
    is_refreshing,
    reading_of,
    state_of,
)
from integrations.sync.health.writes import latest_writes

__all__ = [
    "OFF",
    "Account",
    "Capability",
    "PageState",
    "account_of",
    "accounts",
    "capabilities",
    "connection_status",
    "connection_statuses",
    "fetch_request_of",
    "homes",
    "is_aged",
    "is_refreshing",
    "latest_writes",
    "reading_of",
    "state_of",
    "unread",
    "unread_of",
    "with_freshness",
]
