"""The table of operations: method, path, family, scope, whose token may call it, and who answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from integrations.sandbox.crm import calendars, contact_writes, contacts, directory, notes, tasks
from integrations.sandbox.http.errors import VERSION_INVALID, VERSION_MISSING, unauthorized
from integrations.sandbox.http.messages import V3, Answer, Call
from integrations.sandbox.oauth import endpoints as oauth

type Handler = Callable[[Call], Answer]
type Tenant = Literal["token", "path", "query", "body", "none"]

# Each family has one dated version of its own; v3 speaks for all of them.
FAMILIES = {"crm": "2021-07-28", "calendars": "2021-04-15", "any": ""}


@dataclass(frozen=True, slots=True)
class Operation:
    """One row. `tenant` says where the sub-account is named; `token` means that only the token knows it."""

    name: str
    method: str
    path: str
    handler: Handler
    scope: str = ""
    family: str = "crm"
    tenant: Tenant = "token"
    company_may: bool = False
    location_may: bool = True
    public: bool = False
    v3_only: bool = False

    @property
    def is_write(self) -> bool:
        return self.scope.endswith(".write") and self.tenant != "none"

    def check_version(self, version: str | None) -> str:
        """The version of the call; a missing or foreign one is a 401, although no token is at fault."""
        if self.public:
            return version or ""
        if not version:
            raise unauthorized(VERSION_MISSING)
        if version != V3 and FAMILIES[self.family] not in ("", version):
            raise unauthorized(VERSION_INVALID)
        return version


_READ, _WRITE, _EVENTS = "contacts.readonly", "contacts.write", "calendars/events.readonly"
_TASK, _NOTE = "/contacts/{contact_id}/tasks/{task_id}", "/contacts/{contact_id}/notes/{note_id}"

OPERATIONS = (
    Operation("list_contacts", "GET", "/contacts/", contacts.list_contacts, _READ, tenant="query"),
    Operation("search_contacts", "POST", "/contacts/search", contacts.search_contacts, _READ, tenant="body"),
    Operation("get_contact", "GET", "/contacts/{contact_id}", contacts.get_contact, _READ),
    Operation(
        "contacts_of_business",
        "GET",
        "/contacts/business/{business_id}",
        contacts.contacts_of_business,
        _READ,
        tenant="query",
    ),
    Operation("create_contact", "POST", "/contacts/", contact_writes.create_contact, _WRITE, tenant="body"),
    Operation("update_contact", "PUT", "/contacts/{contact_id}", contact_writes.update_contact, _WRITE),
    Operation("delete_contact", "DELETE", "/contacts/{contact_id}", contact_writes.delete_contact, _WRITE),
    Operation("add_tags", "POST", "/contacts/{contact_id}/tags", contact_writes.add_tags, _WRITE),
    Operation("remove_tags", "DELETE", "/contacts/{contact_id}/tags", contact_writes.remove_tags, _WRITE),
    Operation("list_tasks", "GET", "/contacts/{contact_id}/tasks", tasks.list_tasks, _READ),
    Operation("create_task", "POST", "/contacts/{contact_id}/tasks", tasks.create_task, _WRITE),
    Operation("get_task", "GET", _TASK, tasks.get_task, _READ),
    Operation("update_task", "PUT", _TASK, tasks.update_task, _WRITE),
    Operation("complete_task", "PUT", f"{_TASK}/completed", tasks.complete_task, _WRITE),
    Operation("delete_task", "DELETE", _TASK, tasks.delete_task, _WRITE),
    Operation(
        "search_tasks",
        "POST",
        "/locations/{location_id}/tasks/search",
        tasks.search_tasks,
        "locations/tasks.readonly",
        tenant="path",
    ),
    Operation("list_notes", "GET", "/contacts/{contact_id}/notes", notes.list_notes, _READ),
    Operation("create_note", "POST", "/contacts/{contact_id}/notes", notes.create_note, _WRITE),
    Operation("get_note", "GET", _NOTE, notes.get_note, _READ),
    Operation("update_note", "PUT", _NOTE, notes.update_note, _WRITE),
    Operation("delete_note", "DELETE", _NOTE, notes.delete_note, _WRITE),
    Operation(
        "list_appointments", "GET", "/contacts/{contact_id}/appointments", calendars.list_appointments, _READ
    ),
    Operation("list_events", "GET", "/calendars/events", calendars.list_events, _EVENTS, "calendars", "query"),
    Operation(
        "get_appointment",
        "GET",
        "/calendars/events/appointments/{event_id}",
        calendars.get_appointment,
        _EVENTS,
        "calendars",
    ),
    Operation(
        "list_calendars",
        "GET",
        "/calendars/",
        calendars.list_calendars,
        "calendars.readonly",
        "calendars",
        "query",
    ),
    Operation(
        "list_groups",
        "GET",
        "/calendars/groups",
        calendars.list_groups,
        "calendars/groups.readonly",
        "calendars",
        "query",
    ),
    Operation(
        "search_users",
        "GET",
        "/users/search",
        directory.search_users,
        "users.readonly",
        tenant="none",
        company_may=True,
    ),
    Operation("list_users", "GET", "/users/", directory.list_users, "users.readonly", tenant="query"),
    Operation(
        "get_user",
        "GET",
        "/users/{user_id}",
        directory.get_user,
        "users.readonly",
        tenant="none",
        company_may=True,
    ),
    Operation(
        "list_businesses", "GET", "/businesses/", directory.list_businesses, "businesses.readonly", tenant="query"
    ),
    Operation("get_business", "GET", "/businesses/{business_id}", directory.get_business, "businesses.readonly"),
    Operation(
        "get_location",
        "GET",
        "/locations/{location_id}",
        directory.get_location,
        "locations.readonly",
        tenant="path",
        company_may=True,
    ),
    Operation(
        "list_custom_fields",
        "GET",
        "/locations/{location_id}/customFields",
        directory.list_custom_fields,
        "locations/customFields.readonly",
        tenant="path",
    ),
    Operation(
        "list_tags",
        "GET",
        "/locations/{location_id}/tags",
        directory.list_tags,
        "locations/tags.readonly",
        tenant="path",
    ),
    Operation("token", "POST", "/oauth/token", oauth.token, family="any", tenant="none", public=True),
    Operation("reconnect", "POST", "/oauth/reconnect", oauth.reconnect, family="any", tenant="none", public=True),
    Operation(
        "location_token",
        "POST",
        "/oauth/locationToken",
        oauth.location_token,
        "oauth.write",
        tenant="none",
        company_may=True,
        location_may=False,
    ),
    Operation(
        "location_token",
        "POST",
        "/oauth/location-token",
        oauth.location_token,
        "oauth.write",
        tenant="none",
        company_may=True,
        location_may=False,
        v3_only=True,
    ),
    Operation(
        "installed_locations",
        "GET",
        "/oauth/installedLocations",
        oauth.installed_locations,
        "oauth.readonly",
        tenant="none",
        company_may=True,
        location_may=False,
    ),
    Operation(
        "installed_locations",
        "GET",
        "/oauth/installed-locations",
        oauth.installed_locations,
        "oauth.readonly",
        tenant="none",
        company_may=True,
        location_may=False,
        v3_only=True,
    ),
    Operation(
        "uninstall",
        "DELETE",
        "/marketplace/app/{app_id}/installations",
        oauth.uninstall,
        "oauth.write",
        "any",
        "none",
        company_may=True,
    ),
)


def _segments(path: str) -> tuple[str, ...]:
    """The parts of a path; a trailing slash makes no difference here."""
    return tuple(path.strip("/").split("/"))


def _table() -> dict[tuple[str, int], list[tuple[tuple[str, ...], Operation]]]:
    """Rows by method and number of segments, those with fewer placeholders first."""
    table: dict[tuple[str, int], list[tuple[tuple[str, ...], Operation]]] = {}
    for operation in sorted(OPERATIONS, key=lambda row: row.path.count("{")):
        parts = _segments(operation.path)
        table.setdefault((operation.method, len(parts)), []).append((parts, operation))
    return table


_TABLE = _table()


def find_operation(method: str, path: str, version: str | None) -> tuple[Operation, dict[str, str]] | None:
    """The operation of a request and the ids in its path; None for a route that this version lacks."""
    given = _segments(path)
    for parts, operation in _TABLE.get((method, len(given)), ()):
        fits = all(part == value or (part[0] == "{" and value) for part, value in zip(parts, given, strict=True))
        if fits and not (operation.v3_only and version != V3):
            names = {part[1:-1]: value for part, value in zip(parts, given, strict=True) if part[0] == "{"}
            return operation, names
    return None
