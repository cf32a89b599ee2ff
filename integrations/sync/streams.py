"""The streams that make up a workspace, as a table: in which order, read how, and what replaces a refusal."""

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
    full_only: small and seldom changing, so only full runs read it.
    can_be_off: an admin may switch it off; what was read stays.
    is_announced: the other side sends a webhook when one is added, changed or removed.
    """

    key: str
    label: str
    by_contact: bool = False
    falls_back: bool = False
    incremental: bool = False
    recent_only: bool = False
    detects_removal: bool = True
    required: bool = False
    full_only: bool = False
    is_plain: bool = True
    can_be_off: bool = False
    is_announced: bool = False


STREAMS: tuple[Stream, ...] = (
    Stream("users", "Users", full_only=True, detects_removal=False),
    Stream("fields", "Custom fields", full_only=True, detects_removal=False),
    Stream("calendars", "Calendars", full_only=True, detects_removal=False),
    Stream("businesses", "Businesses", can_be_off=True),
    Stream("contacts", "Contacts", incremental=True, required=True, is_announced=True),
    Stream("tasks", "Tasks", falls_back=True, can_be_off=True, is_announced=True),
    Stream(
        "appointments",
        "Appointments",
        falls_back=True,
        recent_only=True,
        is_plain=False,
        can_be_off=True,
        is_announced=True,
    ),
    Stream("notes", "Notes", by_contact=True, detects_removal=False, can_be_off=True, is_announced=True),
)
BY_KEY = {stream.key: stream for stream in STREAMS}
