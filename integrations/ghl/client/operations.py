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


def _crm(main: str, older: str) -> Iterable[Operation]:
    """What both generations share but the Version header; calendars and conversations keep an older one."""
    task = "/contacts/{contact_id}/tasks/{task_id}"
    read, change = "contacts.readonly", "contacts.write"
    deals, talk = "opportunities.readonly", "conversations/message.readonly"
    events, book = "calendars/events.readonly", "calendars/events.write"
    return [
        Operation("search_contacts", "POST", "/contacts/search", main, read, listing="contacts"),
        Operation("get_contact", "GET", "/contacts/{contact_id}", main, read, item="contact"),
        Operation("create_contact", "POST", "/contacts/", main, change, write=True),
        Operation("update_contact", "PUT", "/contacts/{contact_id}", main, change, write=True),
        Operation("delete_contact", "DELETE", "/contacts/{contact_id}", main, change, write=True),
        Operation("add_tags", "POST", "/contacts/{contact_id}/tags", main, change, write=True),
        Operation("remove_tags", "DELETE", "/contacts/{contact_id}/tags", main, change, write=True),
        Operation(
            "set_business", "POST", "/contacts/bulk/business", main, "", write=True
        ),  # no scope is published
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
        Operation("create_note", "POST", "/contacts/{contact_id}/notes", main, change, write=True),
        Operation("update_note", "PUT", "/contacts/{contact_id}/notes/{note_id}", main, change, write=True),
        Operation("delete_note", "DELETE", "/contacts/{contact_id}/notes/{note_id}", main, change, write=True),
        Operation("list_appointments", "GET", "/contacts/{contact_id}/appointments", main, read, listing="events"),
        Operation(
            "get_appointment",
            "GET",
            "/calendars/events/appointments/{event_id}",
            older,
            events,
            item="event",
        ),
        Operation("create_appointment", "POST", "/calendars/events/appointments", older, book, write=True),
        Operation(
            "update_appointment", "PUT", "/calendars/events/appointments/{event_id}", older, book, write=True
        ),
        Operation("free_slots", "GET", "/calendars/{calendar_id}/free-slots", older, "calendars.readonly"),
        Operation("list_events", "GET", "/calendars/events", older, events, listing="events"),
        Operation("list_calendars", "GET", "/calendars/", older, "calendars.readonly", listing="calendars"),
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
        Operation("export_messages", "GET", "/conversations/messages/export", older, talk, listing="messages"),
        Operation("get_message", "GET", "/conversations/messages/{message_id}", older, talk),
        Operation("get_email", "GET", "/conversations/messages/email/{email_id}", older, talk),
        Operation("search_opportunities", "GET", "/opportunities/search", main, deals, listing="opportunities"),
        Operation("get_opportunity", "GET", "/opportunities/{opportunity_id}", main, deals, item="opportunity"),
        Operation("list_pipelines", "GET", "/opportunities/pipelines", main, deals, listing="pipelines"),
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
        _crm("2021-07-28", older="2021-04-15"),
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
        _crm("v3", older="v3"),
        _oauth(
            "v3",
            "v3",
            minting="/oauth/location-token",
            installed="/oauth/installed-locations",
            rows="items",
        ),
    ),
}
