"""The scopes that are asked for, each with what it unlocks; nothing unused is on the list."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope, in GHL's word and in ours."""

    name: str
    unlocks: str
    is_write: bool = False
    is_agency: bool = False  # only asked for when somebody signs in for a whole agency


SCOPES: tuple[Scope, ...] = (
    Scope("contacts.readonly", "Contacts, their notes, tasks and appointments"),
    Scope("locations.readonly", "The sub-account's name and time zone"),
    Scope("locations/tasks.readonly", "All tasks at once, instead of contact by contact"),
    Scope("locations/customFields.readonly", "The names of custom fields"),
    Scope("calendars.readonly", "The list of calendars"),
    Scope("calendars/events.readonly", "All appointments at once, instead of contact by contact"),
    Scope("users.readonly", "The names of owners and authors"),
    Scope("businesses.readonly", "Businesses"),
    Scope("conversations.readonly", "Webhooks for new messages"),
    Scope("conversations/message.readonly", "Messages, calls and emails"),
    Scope("opportunities.readonly", "Deals"),
    Scope("contacts.write", "Changing contacts, their tags, tasks and notes", is_write=True),
    Scope("calendars/events.write", "Booking and moving appointments", is_write=True),
    Scope("oauth.readonly", "The names of the agency's sub-accounts", is_agency=True),
    Scope("oauth.write", "Opening each of the agency's sub-accounts, and removing the app", is_agency=True),
)


def asked(*, write: bool, agency: bool = False) -> list[str]:
    """The scopes of a connect request: of one sub-account and read-only, unless more was chosen."""
    return [scope.name for scope in SCOPES if (write or not scope.is_write) and (agency or not scope.is_agency)]


def allow_writing(granted: Iterable[str]) -> bool:
    """Whether granted scopes let us change something."""
    return "contacts.write" in granted
