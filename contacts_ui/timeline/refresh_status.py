"""How current one contact is: when it was last read, whether that is being done again, or why it was not. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contacts_ui.components.freshness import Freshness
from integrations.activity.models import Contact
from integrations.sync import health
from integrations.sync.models import FetchRequest


@dataclass(frozen=True, slots=True)
class Refresh:
    """`tone` and `words` go before `read_at`, `doing` behind it; `why` is the sentence of a reading that failed.

    `is_wanted` tells the page to ask by itself as soon as it is there, `may_ask` whether there is a button.
    """

    tone: str
    words: str
    read_at: datetime | None = None
    doing: str = ""
    why: str = ""
    detail: str = ""
    is_under_way: bool = False
    is_wanted: bool = False
    may_ask: bool = False


def state_of(contact: Contact, account: Freshness, reading: FetchRequest | None, now: datetime) -> Refresh:
    """`reading` is the one that was asked for and has not succeeded, if there is one."""
    # Equal content is not stored again, so the account's last sync may be later than the row.
    times = (contact.refreshed_at, contact.fetched_at, account.synced_at)
    read_at = max(time for time in times if time)
    if contact.deleted_at:
        words = "Merged with another contact in GHL" if contact.merged_into_id else "Deleted in GHL"
        return Refresh("error", words, contact.deleted_at)
    if not account.is_usable:
        return Refresh(account.tone, f"{account.words}, updated", read_at, why=account.reason)
    if reading is None:
        return Refresh("ok", "Updated", read_at, is_wanted=health.is_aged(contact, now), may_ask=True)
    if reading.failed_at:
        return Refresh(
            "error",
            "Updated",
            read_at,
            "not refreshed",
            why=reading.reason,
            detail=reading.detail,
            is_wanted=health.is_aged(contact, now),
            may_ask=True,
        )
    doing = "trying again" if reading.reason else "refreshing"
    return Refresh("accent", "Updated", read_at, doing, why=reading.reason, is_under_way=True, may_ask=True)
