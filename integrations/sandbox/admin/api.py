"""The admin API of the sandbox, for tests and demos: JSON, without auth, from loopback addresses only.

GET  /_admin/info            every key: sub-accounts with their private tokens, client id and secret, company, app
GET  /_admin/state           the full truth as JSONL; ?location_id= &kinds=task,note &contact_id=
GET  /_admin/counts          requests, writes, rotations, per-second timeline, and `least` of ?location_id=
GET  /_admin/requests        the latest: [{"operation", "ids" of the path, "at" in epoch seconds}]; ?operation=
GET  /_admin/writes          done ones in order: [{"operation", "touched", "keys" of the body, "at"}]; ?operation=
POST /_admin/reset-counts    {}
POST /_admin/faults          {"spec": "500=0.02,reset=0.01"}; "" turns them off
POST /_admin/next            {"operation": "list_notes" or "*", "answers": ["500", "ok"], "times": 1}; [] ends them
POST /_admin/at              {"operation": name or "*", "when": "before" or "after", "call": 1, "do": "mutate" (or
                             another of these), "with": its body}: once, around that call from now; {} forgets all
POST /_admin/stale           {"operation": name or "*", "times": 1, "seconds": 5}: done, and shown so much later;
                             without seconds after the next write to that contact; {} shows everything again
POST /_admin/latency         {"range": "150-400"} in ms
POST /_admin/timing          {"slow_seconds": 3, "hold_seconds": 30}
POST /_admin/clock           {"skew_seconds": 120}: the vendor's clock is that far ahead of ours
POST /_admin/strict          a stricter server, {} for the usual one; its fields are in http/strictness.py
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
POST /_admin/business        {"action": create|update|delete, "id", "fields": {...}}
POST /_admin/custom-field    {"name", "kind": "CHECKBOX", "options": [...]}: one more definition, for contacts
POST /_admin/location        any of {"timezone", "name", "allows_duplicates"} from now on
POST /_admin/restore         {"contact_id"}: brings a deleted one back
POST /_admin/bulk-notes      {"contact_id", "count"}
POST /_admin/webhooks        any of {"url", "spec": "duplicate=0.2,drop=0.1", "delay_seconds": 2,
                             "next": ["tamper+nested", "ok"], "times": 1}; kinds in webhooks/faults.py
POST /_admin/search-index    {"contact_id", "listed": true | false | null}: show a deleted one, hide a live one
"""

from collections.abc import Callable
from ipaddress import ip_address

from integrations.sandbox.admin import changes, keys, knobs, rare, state
from integrations.sandbox.crm.records import Json
from integrations.sandbox.http import strictness
from integrations.sandbox.http.errors import ApiError, not_found
from integrations.sandbox.http.messages import Reply, Request, json_reply
from integrations.sandbox.oauth.tokens import SCOPES
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


def _writes(world: World, query: Json) -> Json:
    wanted = query.get("operation")
    return {"writes": [row for row in world.tally.journal if wanted in (None, "", row["operation"])]}


def _at(world: World, body: Json) -> Json:
    if not body:
        world.cues.waiting.clear()
        return {"waiting": 0}
    return knobs.cue(world, body, _ACTIONS[str(body["do"])])


def _reset_counts(world: World, _body: Json) -> Json:
    world.tally.reset()
    world.sender.reset()
    return {}


_READS: dict[str, Action] = {"info": _info, "counts": state.counts, "requests": _requests, "writes": _writes}
_ACTIONS: dict[str, Action] = {
    "reset-counts": _reset_counts,
    "faults": knobs.faults,
    "webhooks": knobs.webhooks,
    "next": knobs.script,
    "latency": knobs.latency,
    "timing": knobs.timing,
    "rate-limit": knobs.rate_limit,
    "clock": knobs.clock,
    "at": _at,
    "stale": knobs.stale,
    "strict": strictness.be_strict,
    "expire-tokens": keys.expire_tokens,
    "revoke-refresh": keys.revoke_refresh,
    "scopes": keys.scopes,
    "oauth": keys.oauth,
    "code": keys.code,
    "pit": keys.pit,
    "revoke-pit": keys.revoke_pit,
    "mutate": changes.mutate,
    "merge": changes.merge,
    "corrupt": changes.corrupt,
    "bulk-notes": changes.bulk_notes,
    "search-index": changes.search_index,
    "business": rare.change_firm,
    "custom-field": rare.add_field,
    "location": rare.move_location,
    "restore": rare.restore,
}
