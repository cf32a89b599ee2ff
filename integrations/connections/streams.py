"""How a provider describes what it can be read for: one row a kind of record. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of record.

    by_contact: no location-wide listing exists, so contacts are read one by one.
    falls_back: when the listing is refused, contact by contact still works.
    incremental: the listing can be limited to what changed since a time; otherwise it is read whole.
    recent_only: an incremental run reads only partitions around now.
    detects_removal: a complete listing shows which cached records may be gone.
    required: without it nothing else can be read.
    is_plain: one listing from its first page on, not several partitions.
    latest_of_contact: of one contact only the latest are listed, which says nothing of the others.
    full_only: small and seldom changing, so only full runs read it.
    can_be_off: an admin may switch it off; what was read stays.
    is_announced: the provider sends a webhook when one is added, changed or removed.
    """

    key: str
    label: str
    by_contact: bool = False
    falls_back: bool = False
    incremental: bool = False
    recent_only: bool = False
    detects_removal: bool = True
    required: bool = False
    latest_of_contact: bool = False
    full_only: bool = False
    is_plain: bool = True
    can_be_off: bool = False
    is_announced: bool = False


def by_key(streams: Iterable[Stream]) -> dict[str, Stream]:
    """The same rows by their keys, order kept."""
    return {stream.key: stream for stream in streams}
