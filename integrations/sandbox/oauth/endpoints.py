"""The token endpoint in both dialects, tokens of single sub-accounts, the list of installs, uninstalling."""

from collections.abc import Mapping
from datetime import UTC, datetime

from integrations.sandbox.crm.records import Json
from integrations.sandbox.http.bodies import check_body
from integrations.sandbox.http.errors import ApiError, bad_request, forbidden, grant_refused, unprocessable
from integrations.sandbox.http.messages import Answer, Call
from integrations.sandbox.oauth.grants import Grant, Pair

_OLD_FIELDS = ("client_id", "client_secret", "grant_type", "code", "refresh_token", "user_type", "redirect_uri")
_V3_FIELDS = ("clientId", "clientSecret", "grantType", "code", "refreshToken", "userType", "redirectUri")


def token(call: Call) -> Answer:
    """POST /oauth/token: a code or a refresh token for a pair. The Version header chooses the dialect."""
    form = _token_form(call)
    if form.get("grant_type") == "authorization_code":
        return _exchange(call, form)
    if form.get("grant_type") == "refresh_token":
        return _refresh(call, form)
    raise unprocessable(f"{'grantType' if call.is_v3 else 'grant_type'} must be a valid enum value")


def location_token(call: Call) -> Answer:
    """POST /oauth/locationToken: a sub-account's token out of the company's; 201, the refresh token optional."""
    world, fields = call.world, dict(call.request.form()) or {}
    if call.request.headers.get("content-type", "").startswith("application/json"):
        fields = {key: str(value) for key, value in call.body.items()}
    check_body(fields, {"companyId": "string", "locationId": "string"}, required=("companyId", "locationId"))
    if fields["companyId"] != world.company_id or fields["locationId"] not in world.grants.installs:
        raise bad_request("Location is not installed for this app")
    company = world.grants.installs[fields["locationId"]]
    # The minted token carries more than what was asked for: seen on the live API.
    scopes = company.scopes | {"oauth.readonly", "oauth.write"}
    grant = Grant(company.id, "Location", company.company_id, (fields["locationId"],), scopes, company.user_id)
    refreshable = world.grants.location_refresh_tokens
    pair = world.grants.issue(grant, world.tokens, world.clock(), refreshable=refreshable)
    shown = _shown(call, pair, grant)
    del shown["userType"], shown["companyId"]
    return Answer(shown, 201)


def installed_locations(call: Call) -> Answer:
    """GET /oauth/installedLocations: where the app is; v3 pages with tokens and has an error shape of its own."""
    query = call.request.query
    if query.get("companyId") != call.world.company_id or query.get("appId") != call.world.app_id:
        raise _aip_error() if call.is_v3 else bad_request("App or company not found")
    rows = [_install_row(call, location_id) for location_id in call.world.locations]
    if query.get("isInstalled"):
        rows = [row for row in rows if row["isInstalled"] == (query["isInstalled"] == "true")]
    if query.get("locationId"):
        rows = [row for row in rows if row["_id"] == query["locationId"]]
    if not call.is_v3:
        skip, limit = call.number("skip", 0), call.number("limit", 20, least=1, most=500)
        page = rows[skip : skip + limit]
        return Answer({"locations": page, "count": len(rows), "installToFutureLocations": False})
    return _installs_v3(call, rows)


def uninstall(call: Call) -> Answer:
    """DELETE /marketplace/app/{appId}/installations: kills the tokens of the sub-account or company."""
    body = check_body(call.body, {"companyId": "string", "locationId": "string", "reason": "string"})
    world = call.world
    if call.params["app_id"] != world.app_id:
        raise forbidden("The token does not have access to this app.")
    # Without a sub-account the whole company goes.
    chosen = [body["locationId"]] if "locationId" in body else list(world.locations)
    world.grants.revoke(chosen, uninstall=True)
    for found in world.tokens.tokens.values():
        if not found.private and (found.location_id in chosen or "locationId" not in body):
            found.revoked = True
    for location_id in chosen:
        world.events.uninstall(location_id)
    return Answer({"success": True})


def reconnect(call: Call) -> Answer:
    """POST /oauth/reconnect: a new code without the user, where the app is still installed."""
    fields = {"clientKey": "string", "clientSecret": "string", "locationId": "string", "companyId": "string"}
    body = check_body(call.body, fields, required=("clientKey", "clientSecret"))
    world = call.world
    if (body["clientKey"], body["clientSecret"]) != (world.client_id, world.client_secret):
        raise grant_refused(401, "UnAuthorized!", "Invalid client credentials!")
    wanted = body.get("locationId") or next(iter(world.grants.installs), "")
    if wanted not in world.grants.installs:
        raise bad_request("No active installation found")
    now = world.clock()
    code = world.grants.new_code(world.grants.installs[wanted], "", now)
    expires = datetime.fromtimestamp(now + world.grants.code_seconds, UTC).isoformat()
    return Answer({"authorizationCode": code, "expiresAt": expires})


def _token_form(call: Call) -> dict[str, str]:
    """The fields in the old generation's names. Only v3 takes JSON; unknown fields are refused in both."""
    is_json = call.request.headers.get("content-type", "").startswith("application/json")
    if is_json and not call.is_v3:
        raise unprocessable("client_id should not be empty", "client_secret should not be empty")
    fields: Mapping[str, object] = call.body if is_json else dict(call.request.form())
    # Whoever mixes the dialects is told so by the names of the fields.
    names = _V3_FIELDS if call.is_v3 else _OLD_FIELDS
    required = [names[0], names[1], names[2]]
    check_body(dict(fields), dict.fromkeys(names, "string"), required=required)
    return {old: str(fields[name]) for old, name in zip(_OLD_FIELDS, names, strict=True) if name in fields}


def _exchange(call: Call, form: Mapping[str, str]) -> Answer:
    world, now = call.world, call.world.clock()
    # The code is looked at before the credentials, so that these cannot be tried out with a made-up code.
    grant = world.grants.redeem(form.get("code", ""), form.get("redirect_uri", ""), now)
    _check_client(call, form)
    return Answer(_shown(call, world.grants.issue(grant, world.tokens, now), grant))


def _refresh(call: Call, form: Mapping[str, str]) -> Answer:
    world = call.world
    # Here the credentials come first: a wrong secret says so even with a good refresh token.
    _check_client(call, form)
    pair, grant, rotated = world.grants.rotate(form.get("refresh_token", ""), world.tokens, world.clock())
    world.tally.rotations += rotated
    world.tally.grace_answers += not rotated
    return Answer(_shown(call, pair, grant))


def _check_client(call: Call, form: Mapping[str, str]) -> None:
    if (form.get("client_id"), form.get("client_secret")) != (call.world.client_id, call.world.client_secret):
        raise grant_refused(401, "UnAuthorized!", "Invalid client credentials!")


def _shown(call: Call, pair: Pair, grant: Grant) -> Json:
    """The token answer; only the OAuth names differ between the generations."""
    names = (
        ("accessToken", "tokenType", "expiresIn", "refreshToken")
        if call.is_v3
        else ("access_token", "token_type", "expires_in", "refresh_token")
    )
    values = (pair.access.value, "Bearer", call.world.grants.expires_in, pair.refresh)
    shown: Json = dict(zip(names, values, strict=True)) | {
        "scope": " ".join(sorted(grant.scopes)),
        "userType": grant.auth_class,
        "companyId": grant.company_id,
        "userId": grant.user_id,
        "planId": "",
        "isBulkInstallation": grant.auth_class == "Company",
    }
    if not pair.refresh:
        del shown[names[3]]
    # No locationId for a company, ever: a client must look at userType first.
    if grant.location_id:
        return shown | {"locationId": grant.location_id}
    return shown | {"approvedLocations": list(grant.location_ids)}


def _install_row(call: Call, location_id: str) -> Json:
    place = call.world.locations[location_id].sub.place
    return {
        "_id": location_id,
        "name": place.name,
        "address": f"{place.street}, {place.city}",
        "isInstalled": location_id in call.world.grants.installs,
        "versionId": call.world.app_id,
    }


def _installs_v3(call: Call, rows: list[Json]) -> Answer:
    start, size = call.number("pageToken", 0), call.number("pageSize", 20, least=1, most=500)
    page, more = rows[start : start + size], start + size < len(rows)
    pagination: Json = {
        "totalRecords": len(rows),
        "hasNextPage": more,
        "hasPrevPage": start > 0,
        "currentPageSize": len(page),
    }
    if more:
        pagination["nextPageToken"] = str(start + size)
    return Answer({"items": page, "pagination": pagination, "installToFutureLocations": False})


def _aip_error() -> ApiError:
    return ApiError(
        404,
        {
            "error": {
                "code": "NOT_FOUND",
                "message": "App or company not found",
                "details": {},
                "resolution": "Check companyId and appId.",
            }
        },
    )
