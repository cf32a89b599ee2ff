"""The admin API of the sandbox, for tests and demos: JSON, without auth, from loopback addresses only.

GET  /_admin/info            every key: sub-accounts with their private tokens, client id and secret, company, app
GET  /_admin/state           the full truth as JSONL; ?location_id= &kinds=task,note &contact_id=
GET  /_admin/counts          requests, writes, rotations, per-second timeline, and `least` of ?location_id=
GET  /_admin/requests        the latest: [{"operation", "ids" of the path, "at" in epoch seconds}]; ?operation=
POST /_admin/reset-counts    {}
POST /_admin/faults          {"spec": "500=0.02,reset=0.01"}; "" turns them off
POST /_admin/next            {"operation": "list_notes" or "*", "answers": ["500", "reset", "ok"], "times": 1};
                             [] takes back what is still to come
POST /_admin/latency         {"range": "150-400"} in ms
POST /_admin/timing          {"slow_seconds": 3, "hold_seconds": 30}
POST /_admin/clock           {"skew_seconds": 120}: the vendor's clock is that far ahead of ours
POST /_admin/rate-limit      {"limit": "100/10"} or "100/10/200000"; "" turns it off
POST /_admin/expire-tokens   {}: every access token of OAuth is refused from now on; {"location_id": ...} for one
POST /_admin/revoke-refresh  {} or {"location_id": ...}
POST /_admin/scopes          {"scopes": [...]}, with "location_id" or "token" (default: the first sub-account)
POST /_admin/oauth           any of expires_in, grace_seconds, code_seconds, location_refresh_tokens, redirect_uris
POST /_admin/code            {"location_ids": [...], "company": false, "scopes": [...]}: an install without consent
POST /_admin/pit             {"location_id", "scopes", "company": false}: one more private token
POST /_admin/revoke-pit      {"pit": ...}
POST /_admin/mutate          {"kind", "action": create|update|delete, "id", "contact_id", "fields": {...}}
POST /_admin/merge           {"contact_id", "into"}: moves what hangs on the first, then deletes it
POST /_admin/corrupt         {"kind", "id", "preset": ... or "overrides": {...}}; {} overrides heal it
POST /_admin/bulk-notes      {"contact_id", "count"}
POST /_admin/webhooks        any of {"url", "spec": "duplicate=0.2,drop=0.1", "delay_seconds": 2,
                             "next": ["tamper+nested", "ok"], "times": 1}; kinds in webhooks/faults.py
POST /_admin/search-index    {"contact_id", "listed": true | false | null}: show a deleted one, hide a live one
"""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from integrations.sandbox.admin import changes, state
from integrations.sandbox.crm.records import Json
from integrations.sandbox.http.errors import ApiError, bad_request, not_found
from integrations.sandbox.http.faults import parse_faults
from integrations.sandbox.http.limits import RateLimiter, parse_rate_limit
from integrations.sandbox.http.messages import Reply, Request, json_reply
from integrations.sandbox.oauth.grants import Grant
from integrations.sandbox.oauth.tokens import SCOPES, Token, new_secret
from integrations.sandbox.seed.ids import alnum20
from integrations.sandbox.webhooks.faults import parse_webhook_faults
from integrations.sandbox.world import World

type Action = Callable[[World, Json], Json]


class Admin:
    """Routes the paths above."""

    def __init__(self, world: World) -> None:
        self._world = world

    def handle(self, request: Request, peer: str) -> Reply:
        if not ip_address(peer).is_loopback:
            return json_reply(403, {"message": "The admin API answers loopback addresses only."})
        try:
            return self._answer(request)
        except ApiError as error:
            return json_reply(error.status, error.body)
        # A test that sends nonsense wants a sentence, not a closed connection.
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            return json_reply(400, {"statusCode": 400, "message": f"{type(error).__name__}: {error}"})

    def _answer(self, request: Request) -> Reply:
        name = request.path.removeprefix("/_admin/").strip("/")
        if request.method == "GET" and name == "state":
            return state.state(self._world, request.query)
        with self._world.lock:
            if request.method == "GET" and name in _READS:
                return json_reply(200, _READS[name](self._world, dict(request.query)))
            if request.method == "POST" and name in _ACTIONS:
                return json_reply(200, _ACTIONS[name](self._world, request.json()))
        raise not_found(request.method, request.path)


def _info(world: World, _query: Json) -> Json:
    return {
        "company_id": world.company_id,
        "app_id": world.app_id,
        "client_id": world.client_id,
        "client_secret": world.client_secret,
        "webhook_public_key": world.sender.public_key,
        "webhook_legacy_public_key": world.sender.legacy_public_key,
        "scopes": list(SCOPES),
        "locations": [
            {
                "id": store.id,
                "name": store.sub.place.name,
                "timezone": store.sub.timezone,
                "pit": world.private_tokens[store.id],
                "contacts": len(store.contacts),
            }
            for store in world.locations.values()
        ],
    }


def _requests(world: World, query: Json) -> Json:
    wanted = query.get("operation")
    return {"requests": [row for row in world.tally.log if wanted in (None, "", row["operation"])]}


def _reset_counts(world: World, _body: Json) -> Json:
    world.tally.reset()
    world.sender.reset()
    return {}


def _faults(world: World, body: Json) -> Json:
    world.faults.shares = parse_faults(str(body.get("spec", "")))
    return {"faults": world.faults.shares}


def _next(world: World, body: Json) -> Json:
    answers = [str(answer) for answer in body["answers"]] * int(body.get("times", 1))
    world.faults.script(str(body.get("operation", "*")), answers)
    return {"scripted": len(answers)}


def _webhooks(world: World, body: Json) -> Json:
    sender = world.sender
    sender.url = str(body.get("url", sender.url))
    sender.delay_seconds = float(body.get("delay_seconds", sender.delay_seconds))
    if "spec" in body:
        sender.faults.shares = parse_webhook_faults(str(body["spec"]))
    sender.faults.script([str(entry) for entry in body.get("next", ())] * int(body.get("times", 1)))
    return {"url": sender.url, "shares": sender.faults.shares, "scripted": len(sender.faults.scripted)}


def _latency(world: World, body: Json) -> Json:
    low, _, high = str(body.get("range") or "0").partition("-")
    world.latency = float(low), float(high or low)
    return {"latency": world.latency}


def _timing(world: World, body: Json) -> Json:
    world.slow_seconds = float(body.get("slow_seconds", world.slow_seconds))
    world.hold_seconds = float(body.get("hold_seconds", world.hold_seconds))
    return {"slow_seconds": world.slow_seconds, "hold_seconds": world.hold_seconds}


def _clock(world: World, body: Json) -> Json:
    world.skew_seconds = float(body.get("skew_seconds", 0.0))
    return {"skew_seconds": world.skew_seconds}


def _rate_limit(world: World, body: Json) -> Json:
    world.limiter = parse_rate_limit(str(body["limit"])) if body.get("limit") else RateLimiter()
    return {"enforced": world.limiter.enforced}


def _expire_tokens(world: World, body: Json) -> Json:
    expired = [
        token
        for token in world.tokens.tokens.values()
        if not token.private and body.get("location_id") in (None, token.location_id)
    ]
    for token in expired:
        # Expired, not forgotten: the refusal is the one that the client must answer with a refresh.
        token.expires_at = 0.0
    return {"expired": len(expired)}


def _revoke_refresh(world: World, body: Json) -> Json:
    chosen = [str(body["location_id"])] if body.get("location_id") else list(world.locations)
    return {"revoked": world.grants.revoke(chosen, uninstall=False)}


def _scopes(world: World, body: Json) -> Json:
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


def _oauth(world: World, body: Json) -> Json:
    for key in ("expires_in", "grace_seconds", "code_seconds", "location_refresh_tokens", "redirect_uris"):
        if key in body:
            setattr(world.grants, key, body[key])
    return {}


def _code(world: World, body: Json) -> Json:
    company = bool(body.get("company"))
    locations = tuple(map(str, body.get("location_ids") or [world.first.id]))
    scopes = frozenset(map(str, body.get("scopes") or SCOPES))
    auth_class: Any = "Company" if company else "Location"
    grant = Grant(
        alnum20(new_secret("")), auth_class, world.company_id, locations, scopes, next(iter(world.users))
    )
    return {"code": world.grants.new_code(grant, str(body.get("redirect_uri", "")), world.clock())}


def _pit(world: World, body: Json) -> Json:
    company = bool(body.get("company"))
    location_id = None if company else str(body.get("location_id") or world.first.id)
    scopes = set(map(str, body.get("scopes") or SCOPES))
    auth_class: Any = "Company" if company else "Location"
    token = Token(new_secret("pit-"), auth_class, world.company_id, location_id, scopes, private=True)
    return {"pit": world.tokens.add(token, world.clock()).value}


def _revoke_pit(world: World, body: Json) -> Json:
    token = world.tokens.tokens.get(str(body["pit"]))
    if token is None or not token.private:
        raise bad_request("That private token is unknown.")
    token.revoked = True
    return {}


_READS: dict[str, Action] = {"info": _info, "counts": state.counts, "requests": _requests}
_ACTIONS: dict[str, Action] = {
    "reset-counts": _reset_counts,
    "faults": _faults,
    "webhooks": _webhooks,
    "next": _next,
    "latency": _latency,
    "timing": _timing,
    "rate-limit": _rate_limit,
    "clock": _clock,
    "expire-tokens": _expire_tokens,
    "revoke-refresh": _revoke_refresh,
    "scopes": _scopes,
    "oauth": _oauth,
    "code": _code,
    "pit": _pit,
    "revoke-pit": _revoke_pit,
    "mutate": changes.mutate,
    "merge": changes.merge,
    "corrupt": changes.corrupt,
    "bulk-notes": changes.bulk_notes,
    "search-index": changes.search_index,
}
