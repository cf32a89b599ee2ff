"""The streams of a sub-account, as a table: in which order, read how, and what replaces a refusal."""

from integrations.connections.streams import Stream

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
