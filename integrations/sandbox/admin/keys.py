"""What tokens and installs are worth from now on."""

from typing import Any

from integrations.sandbox.crm.records import Json
from integrations.sandbox.http.errors import bad_request
from integrations.sandbox.oauth.grants import Grant
from integrations.sandbox.oauth.tokens import SCOPES, Token, new_secret
from integrations.sandbox.seed.ids import alnum20
from integrations.sandbox.world import World


def expire_tokens(world: World, body: Json) -> Json:
    expired = [
        token
        for token in world.tokens.tokens.values()
        if not token.private and body.get("location_id") in (None, token.location_id)
    ]
    for token in expired:
        # Expired, not forgotten: the refusal is the one that the client must answer with a refresh.
        token.expires_at = 0.0
    return {"expired": len(expired)}


def revoke_refresh(world: World, body: Json) -> Json:
    chosen = [str(body["location_id"])] if body.get("location_id") else list(world.locations)
    return {"revoked": world.grants.revoke(chosen, uninstall=False)}


def scopes(world: World, body: Json) -> Json:
    """Sets what tokens may do, those of later refreshes included."""
    scopes, wanted = frozenset(map(str, body["scopes"])), body.get("token")
    location_id = body.get("location_id") or world.first.id
    chosen = [
        token
        for token in world.tokens.tokens.values()
        if (token.value == wanted if wanted else token.location_id == location_id)
    ]
    for token in chosen:
        token.scopes = set(scopes)
    if not wanted:
        world.grants.limit_scopes(str(location_id), scopes)
    return {"tokens": len(chosen)}


def oauth(world: World, body: Json) -> Json:
    for key in ("expires_in", "grace_seconds", "code_seconds", "location_refresh_tokens", "redirect_uris"):
        if key in body:
            setattr(world.grants, key, body[key])
    return {}


def code(world: World, body: Json) -> Json:
    company = bool(body.get("company"))
    locations = tuple(map(str, body.get("location_ids") or [world.first.id]))
    scopes = frozenset(map(str, body.get("scopes") or SCOPES))
    auth_class: Any = "Company" if company else "Location"
    grant = Grant(
        alnum20(new_secret("")), auth_class, world.company_id, locations, scopes, next(iter(world.users))
    )
    return {"code": world.grants.new_code(grant, str(body.get("redirect_uri", "")), world.clock())}


def pit(world: World, body: Json) -> Json:
    company = bool(body.get("company"))
    location_id = None if company else str(body.get("location_id") or world.first.id)
    scopes = set(map(str, body.get("scopes") or SCOPES))
    auth_class: Any = "Company" if company else "Location"
    token = Token(new_secret("pit-"), auth_class, world.company_id, location_id, scopes, private=True)
    return {"pit": world.tokens.add(token, world.clock()).value}


def revoke_pit(world: World, body: Json) -> Json:
    token = world.tokens.tokens.get(str(body["pit"]))
    if token is None or not token.private:
        raise bad_request("That private token is unknown.")
    token.revoked = True
    return {}
