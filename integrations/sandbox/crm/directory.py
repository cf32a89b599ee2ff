"""What changes rarely: users, the sub-account itself, its custom fields and tags."""

from integrations.sandbox.crm.records import Json, User
from integrations.sandbox.http.errors import forbidden, missing, unprocessable
from integrations.sandbox.http.messages import Answer, Call
from integrations.sandbox.seed.ids import alnum20


def search_users(call: Call) -> Answer:
    """GET /users/search: companyId is required; `ids` is a comma list; deleted users are found as well."""
    query = call.request.query
    if not query.get("companyId"):
        raise unprocessable("companyId should not be empty", "companyId must be a string")
    # The company comes from the token answer or the sub-account, never from the user.
    if query["companyId"] != call.world.company_id:
        raise forbidden()
    skip, limit = call.number("skip", 0), call.number("limit", 25, least=1, most=100)
    users = [user for user in call.world.users.values() if _fits(user, query)]
    return Answer({"users": [show_user(user) for user in users[skip : skip + limit]], "count": len(users)})


def list_users(call: Call) -> Answer:
    """GET /users/: deprecated, still answered in both generations; without the deleted ones."""
    users = [user for user in call.store.sub.staff if not user.deleted]
    return Answer({"users": [show_user(user) for user in users]})


def get_user(call: Call) -> Answer:
    user = call.world.users.get(call.params["user_id"])
    if user is None:
        raise missing("User", call.params["user_id"])
    return Answer({key: value for key, value in show_user(user).items() if key != "deleted"})


def get_location(call: Call) -> Answer:
    return Answer({"location": call.store.sub.answer()})


def list_custom_fields(call: Call) -> Answer:
    """GET /locations/{id}/customFields: the definitions of contacts; opportunities have none here."""
    rows: list[Json] = [
        {
            "id": field.id,
            "name": field.name,
            "fieldKey": field.key,
            "placeholder": "",
            "dataType": field.kind,
            "position": (position + 1) * 50,
            "picklistOptions": list(field.options),
            "isAllowedCustomOption": False,
            "locationId": call.store.id,
            "model": "contact",
        }
        for position, field in enumerate(call.store.sub.custom_fields)
    ]
    return Answer({"customFields": [] if call.request.query.get("model") == "opportunity" else rows})


def list_tags(call: Call) -> Answer:
    """GET /locations/{id}/tags: every tag that some contact carries."""
    # Tags have no life of their own here: one exists while somebody carries it.
    names = sorted({tag for contact in call.store.contacts if not contact.deleted for tag in contact.tags})
    rows = [
        {"id": alnum20("tag", call.store.id, name), "name": name, "locationId": call.store.id} for name in names
    ]
    return Answer({"tags": rows})


def show_user(user: User) -> Json:
    return {
        "id": user.id,
        "name": f"{user.first_name} {user.last_name}",
        "firstName": user.first_name,
        "lastName": user.last_name,
        "email": user.email,
        "phone": user.phone,
        "extension": "",
        "roles": {"type": "account", "role": user.role, "locationIds": list(user.location_ids)},
        "deleted": user.deleted,
    }


def _fits(user: User, query: dict[str, str]) -> bool:
    wanted_ids = [wanted for wanted in query.get("ids", "").split(",") if wanted]
    text = f"{user.first_name} {user.last_name} {user.email}".lower()
    return (
        (not wanted_ids or user.id in wanted_ids)
        and (not query.get("locationId") or query["locationId"] in user.location_ids)
        and query.get("query", "").lower() in text
    )
