"""How the sandbox behaves from now on: faults, speed, limits, late reads, and what happens around a call."""

from collections.abc import Callable
from typing import Any

from integrations.sandbox.crm.records import Json
from integrations.sandbox.http.cues import Cue
from integrations.sandbox.http.faults import parse_faults
from integrations.sandbox.http.limits import RateLimiter, parse_rate_limit
from integrations.sandbox.webhooks.faults import parse_webhook_faults
from integrations.sandbox.world import World


def faults(world: World, body: Json) -> Json:
    world.faults.shares = parse_faults(str(body.get("spec", "")))
    return {"faults": world.faults.shares}


def script(world: World, body: Json) -> Json:
    answers = [str(answer) for answer in body["answers"]] * int(body.get("times", 1))
    world.faults.script(str(body.get("operation", "*")), answers)
    return {"scripted": len(answers)}


def webhooks(world: World, body: Json) -> Json:
    sender = world.sender
    sender.url = str(body.get("url", sender.url))
    sender.delay_seconds = float(body.get("delay_seconds", sender.delay_seconds))
    if "spec" in body:
        sender.faults.shares = parse_webhook_faults(str(body["spec"]))
    sender.faults.script([str(entry) for entry in body.get("next", ())] * int(body.get("times", 1)))
    return {"url": sender.url, "shares": sender.faults.shares, "scripted": len(sender.faults.scripted)}


def latency(world: World, body: Json) -> Json:
    low, _, high = str(body.get("range") or "0").partition("-")
    world.latency = float(low), float(high or low)
    return {"latency": world.latency}


def timing(world: World, body: Json) -> Json:
    world.slow_seconds = float(body.get("slow_seconds", world.slow_seconds))
    world.hold_seconds = float(body.get("hold_seconds", world.hold_seconds))
    return {"slow_seconds": world.slow_seconds, "hold_seconds": world.hold_seconds}


def clock(world: World, body: Json) -> Json:
    world.skew_seconds = float(body.get("skew_seconds", 0.0))
    return {"skew_seconds": world.skew_seconds}


def rate_limit(world: World, body: Json) -> Json:
    world.limiter = parse_rate_limit(str(body["limit"])) if body.get("limit") else RateLimiter()
    return {"enforced": world.limiter.enforced}


def stale(world: World, body: Json) -> Json:
    """The next writes are done, and shown only seconds later, or after the next write to the same contact."""
    if not body:
        world.lag.plans, world.lag.held = [], []
        return {}
    seconds = body.get("seconds")
    operation, times = str(body.get("operation", "*")), int(body.get("times", 1))
    world.lag.plan(operation, None if seconds is None else float(seconds), times)
    return {"planned": sum(plan.times for plan in world.lag.plans)}


def cue(world: World, body: Json, action: Callable[[World, Json], Json]) -> Json:
    """The action happens once, around a call to come."""
    when: Any = body["when"]
    if when not in ("before", "after"):
        raise ValueError(f"when is before or after, not {when!r}.")
    given = dict(body.get("with") or {})
    cue = Cue(str(body.get("operation", "*")), when, int(body.get("call", 1)), lambda: action(world, given))
    world.cues.waiting.append(cue)
    return {"waiting": len(world.cues.waiting)}
