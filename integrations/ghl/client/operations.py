"""Every operation of the API that we call: method, path, version and scope, one table a generation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, get_args

Generation = Literal["2021-07-28", "v3"]
GENERATIONS: Final = get_args(Generation)


class Encoding(StrEnum):
    """How a request body travels."""

    JSON = "application/json"
    FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Operation:
    """One row. `path` has {names} to fill; `write` means that it changes something for people.

    `listing` and `item` name the key that a good answer of a read must hold (a list; an object): without it an
    answer would look empty, and an empty listing looks like everything was deleted. `grants` means that its answer
    is a token.
    """

    name: str
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    version: str | None
    scope: str
    write: bool = False
    listing: str = ""
    item: str = ""
    encoding: Encoding = Encoding.JSON
    bearer: bool = True
    grants: bool = False


def _crm(main: str, calendars: str) -> Iterable[Operation]:
    """What both generations share; only the Version header differs, and calendars keep an older one."""
    task = "/contacts/{contact_id}/tasks/{task_id}"
    read, change = "contacts.readonly", "contacts.write"
    events = "calendars/events.readonly"
    return [
        Operation("search_contacts", "POST", "/contacts/search", main, read, listing="contacts"),
        Operation("get_contact", "GET", "/contacts/{contact_id}", main, read, item="contact"),
        Operation("list_tasks", "GET", "/contacts/{contact_id}/tasks", main, read, listing="tasks"),
        Operation("get_task", "GET", task, main, read, item="task"),
        Operation("create_task", "POST", "/contacts/{contact_id}/tasks", main, change, write=True),
        Operation("update_task", "PUT", task, main, change, write=True),
        Operation("complete_task", "PUT", f"{task}/completed", main, change, write=True),
        Operation("delete_task", "DELETE", task, main, change, write=True),
        Operation(
            "search_tasks",
            "POST",
            "/locations/{location_id}/tasks/search",
            main,
            "locations/tasks.readonly",
            listing="tasks",
        ),
        Operation("list_notes", "GET", "/contacts/{contact_id}/notes", main, read, listing="notes"),
        Operation("get_note", "GET", "/contacts/{contact_id}/notes/{note_id}", main, read, item="note"),
        Operation("list_appointments", "GET", "/contacts/{contact_id}/appointments", main, read, listing="events"),
        Operation(
            "get_appointment",
            "GET",
            "/calendars/events/appointments/{event_id}",
            calendars,
            events,
            item="event",
        ),
        Operation("list_events", "GET", "/calendars/events", calendars, events, listing="events"),
        Operation("list_calendars", "GET", "/calendars/", calendars, "calendars.readonly", listing="calendars"),
        Operation("search_users", "GET", "/users/search", main, "users.readonly", listing="users"),
        Operation("get_user", "GET", "/users/{user_id}", main, "users.readonly"),
        Operation("list_businesses", "GET", "/businesses/", main, "businesses.readonly", listing="businesses"),
        Operation(
            "get_business", "GET", "/businesses/{business_id}", main, "businesses.readonly", item="business"
        ),
        Operation("get_location", "GET", "/locations/{location_id}", main, "locations.readonly", item="location"),
        Operation(
            "list_custom_fields",
            "GET",
            "/locations/{location_id}/customFields",
            main,
            "locations/customFields.readonly",
            listing="customFields",
        ),
    ]


def _oauth(
    version: str, token_version: str | None, *, minting: str, installed: str, rows: str
) -> Iterable[Operation]:
    form = Encoding.FORM
    return [
        # Token calls have no `write`: a code or refresh token may be sent again, at worst it is refused.
        Operation("token", "POST", "/oauth/token", token_version, "", encoding=form, bearer=False, grants=True),
        Operation("location_token", "POST", minting, version, "oauth.write", encoding=form, grants=True),
        Operation("installed_locations", "GET", installed, version, "oauth.readonly", listing=rows),
        Operation(
            "uninstall",
            "DELETE",
            "/marketplace/app/{app_id}/installations",
            version,
            "oauth.write",
            write=True,
        ),
    ]


def _table(*groups: Iterable[Operation]) -> Mapping[str, Operation]:
    return MappingProxyType({operation.name: operation for group in groups for operation in group})


# By generation and name.
OPERATIONS: Final[Mapping[str, Mapping[str, Operation]]] = {
    "2021-07-28": _table(
        _crm("2021-07-28", calendars="2021-04-15"),
        # This generation declares no Version header on the token call itself.
        _oauth(
            "2021-07-28",
            None,
            minting="/oauth/locationToken",
            installed="/oauth/installedLocations",
            rows="locations",
        ),
    ),
    "v3": _table(
        _crm("v3", calendars="v3"),
        _oauth(
            "v3",
            "v3",
            minting="/oauth/location-token",
            installed="/oauth/installed-locations",
            rows="items",
        ),
    ),
}
