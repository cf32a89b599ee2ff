"""Schemas of ours for what the published files leave blank or get wrong, in JSON Schema.

They come from what working clients send and receive. An operation is held against them besides the published
schema, never instead of it; where both disagree the table of known deviations has a row.
"""

from typing import Any, Final

Json = dict[str, Any]

# 2026-03-29T09:00:00-04:00, with or without milliseconds: a moment that nobody can misread.
MOMENT: Final[Json] = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
# 2026-03-29 09:00:00: the wall clock of the sub-account, without a zone.
WALL_CLOCK: Final[Json] = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"}
TEXT: Final[Json] = {"type": "string", "minLength": 1}
OPTIONAL_TEXT: Final[Json] = {"type": ["string", "null"]}
CURSOR: Final[Json] = {"type": "array", "minItems": 1}


def _object(required: dict[str, Json], optional: dict[str, Json] | None = None, *, closed: bool = False) -> Json:
    schema: Json = {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": sorted(required),
    }
    return schema | {"additionalProperties": False} if closed else schema


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


_OPERATORS = ["eq", "not_eq", "contains", "not_contains", "exists", "not_exists", "range"]
_BOUNDS = {
    "type": "object",
    "minProperties": 1,
    "properties": {key: {"type": ["string", "number"]} for key in ("gte", "lte", "gt", "lt")},
    "additionalProperties": False,
}
_DATES = {"enum": ["dateAdded", "dateUpdated"]}
_FILTER: Json = {
    **_object({"field": TEXT, "operator": {"enum": _OPERATORS}}, {"value": {}}, closed=True),
    "allOf": [
        # Dates take no comparison but a range: a bare gte is refused, or worse, ignored.
        {
            "if": {"properties": {"field": _DATES}},
            "then": {"properties": {"operator": {"enum": ["range", "exists", "not_exists"]}}},
        },
        {
            "if": {"properties": {"operator": {"const": "range"}}},
            "then": {"properties": {"value": _BOUNDS}, "required": ["value"]},
        },
    ],
}
_SORTABLE = ["email", "dnd", "source", "firstNameLowerCase", "lastNameLowerCase", "dateAdded", "dateUpdated"]
_SORT = _object({"field": {"enum": _SORTABLE}, "direction": {"enum": ["asc", "desc"]}}, closed=True)

_SEARCH_CONTACTS: Json = {
    **_object(
        {"locationId": TEXT, "pageLimit": {"type": "integer", "minimum": 1, "maximum": 500}},
        {
            "page": {"type": "integer", "minimum": 1},
            "searchAfter": CURSOR,
            "query": {"type": "string", "maxLength": 75},
            "filters": _list(_FILTER),
            "sort": _list(_SORT),
        },
        closed=True,
    ),
    # Two cursors at once have no meaning.
    "not": {"required": ["page", "searchAfter"]},
}

_SEARCH_TASKS = _object(
    {},
    {
        "limit": {"type": "integer", "minimum": 1, "maximum": 500},
        "skip": {"type": "integer", "minimum": 0},
        "searchAfter": CURSOR,
    },
)

_INSTALLATION = _object({}, {"companyId": TEXT, "locationId": TEXT, "reason": TEXT}, closed=True)

REQUESTS: Final[dict[str, Json]] = {
    "search_contacts": _SEARCH_CONTACTS,
    "search_tasks": _SEARCH_TASKS,
    "delete_appointment": _object({}, closed=True),
    "uninstall": _INSTALLATION | {"anyOf": [{"required": ["companyId"]}, {"required": ["locationId"]}]},
}
"""The JSON body of a request, by operation."""

_CONTACT_ROW: Json = {
    **_object(
        {
            "id": TEXT,
            "locationId": TEXT,
            "dateAdded": MOMENT,
            "dateUpdated": MOMENT,
            "dnd": {"type": "boolean"},
            "searchAfter": CURSOR,
        },
        {
            "firstNameLowerCase": OPTIONAL_TEXT,
            "lastNameLowerCase": OPTIONAL_TEXT,
            "email": OPTIONAL_TEXT,
            "phone": OPTIONAL_TEXT,
            "tags": _list(TEXT),
            "customFields": _list(_object({"id": TEXT}, {"value": {}}, closed=True)),
            "additionalEmails": _list({}),
            "additionalPhones": _list({}),
        },
    ),
    # Do-not-disturb settings are in the answer by id only; a client that read them here would wipe them.
    "not": {"required": ["dndSettings"]},
}

_TASK_ROW: Json = {
    **_object(
        {
            "_id": TEXT,
            "title": {"type": "string"},
            "status": {"enum": ["to_do", "completed"]},
            "statusGroup": {"enum": ["to_do", "completed"]},
            "deleted": {"type": "boolean"},
            "dueDate": MOMENT,
            "dateAdded": MOMENT,
            "dateUpdated": MOMENT,
            "contactId": TEXT,
            "searchAfter": CURSOR,
        },
        {
            "body": {"type": "string"},
            "assignedTo": OPTIONAL_TEXT,
            "contactDetails": _object({}, {"firstName": OPTIONAL_TEXT, "lastName": OPTIONAL_TEXT}),
            "assignedToUserDetails": {"type": "object"},
        },
    ),
    "not": {"required": ["id"]},
}

_EVENT = _object(dict.fromkeys(("startTime", "endTime", "dateAdded", "dateUpdated"), MOMENT))
_BOOKING = _object(dict.fromkeys(("startTime", "endTime", "dateAdded", "dateUpdated"), WALL_CLOCK))
_DEAL = _object(
    {
        "id": TEXT,
        "name": {"type": "string"},
        "pipelineId": TEXT,
        "pipelineStageId": TEXT,
        "status": {"enum": ["open", "won", "lost", "abandoned"]},
        "contactId": TEXT,
        **dict.fromkeys(("createdAt", "updatedAt", "lastStageChangeAt", "lastStatusChangeAt"), MOMENT),
    }
)
_MESSAGE = _object(
    {"id": TEXT, "messageType": TEXT, "contactId": TEXT, "conversationId": TEXT, "dateAdded": MOMENT},
    # A call's length travels as text.
    {"meta": _object({}, {"callDuration": {"type": "string", "pattern": r"^\d+$"}})},
)
_NAMED = _object({"id": TEXT, "name": TEXT})
_BULK_LINE = _object({"contactId": TEXT, "message": TEXT, "type": {"enum": ["success", "error"]}})
ANSWERS: Final[dict[str, Json]] = {
    "search_contacts": _object({"contacts": _list(_CONTACT_ROW), "total": {"type": "integer"}, "traceId": TEXT}),
    # The end of this listing is a short page: there is no total.
    "search_tasks": {**_object({"tasks": _list(_TASK_ROW)}), "not": {"required": ["total"]}},
    "list_events": _object({"events": _list(_EVENT)}),
    "get_appointment": _object({"event": _EVENT}),
    "list_appointments": _object({"events": _list(_BOOKING)}),
    "search_opportunities": _object(
        {
            "opportunities": _list(_DEAL),
            # Where the listing goes on stands beside its rows, also beside the last ones.
            "meta": _object(
                {"total": {"type": "integer"}}, {"startAfter": {"type": "integer"}, "startAfterId": TEXT}
            ),
        }
    ),
    "export_messages": _object({"messages": _list(_MESSAGE), "total": {"type": "integer"}}, {"nextCursor": TEXT}),
    "get_message": _MESSAGE,
    "get_email": _object({"id": TEXT, "subject": {"type": "string"}, "body": TEXT, "dateAdded": MOMENT}),
    "get_opportunity": _object({"opportunity": _DEAL}),
    "list_pipelines": _object({"pipelines": _list(_object({"id": TEXT, "name": TEXT, "stages": _list(_NAMED)}))}),
    # Null when nobody has the address.
    "find_duplicate": _object(
        {"contact": {"anyOf": [_object({"id": TEXT, "locationId": TEXT}), {"type": "null"}]}}
    ),
    "bulk_tags": _object({"errorCount": {"type": "integer"}, "responses": _list(_BULK_LINE)}),
    "uninstall": _object({"success": {"const": True}}),
}
"""The body of a good answer, by operation."""


def _refusal(status: int, phrase: str, message: Json = TEXT) -> Json:
    return _object({"statusCode": {"const": status}, "message": message, "error": {"const": phrase}})


REFUSALS: Final[dict[int, Json]] = {
    # No `error` in a 400, and a list of sentences in a 422 only.
    400: {**_object({"statusCode": {"const": 400}, "message": TEXT}), "not": {"required": ["error"]}},
    401: _refusal(401, "Unauthorized"),
    403: _refusal(403, "Forbidden"),
    422: _refusal(422, "Unprocessable Entity", {**_list(TEXT), "minItems": 1}),
    # Nothing documents the body of a 429: clients go by the status and the headers.
    429: _object({"statusCode": {"const": 429}}),
}
"""The body of a refusal, by status. A 404 has none here: it means an unknown route, or v3's own error envelope."""

TOKEN_REFUSAL: Final = _object({"error": TEXT, "error_description": TEXT})
"""Refusals of codes, refresh tokens and client credentials (400 and 401) have a shape of their own."""
