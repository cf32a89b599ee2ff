"""Answers "is it working" in one headline, from how current each account is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contacts_ui import durations

# More names than this make a sentence nobody reads; a number says it better.
NAMED = 3
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass(frozen=True, slots=True)
class Standing:
    """One account. `kind` is current, first (its first sync runs), late, never, broken or off.

    `since` is when it last synced to the end, or when its connection broke; None when it never synced.
    """

    name: str
    kind: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`tone` is ok, warn, error or accent."""

    tone: str
    title: str
    text: str


def verdict(standings: Sequence[Standing], now: datetime) -> Verdict:
    """The headline and the sentence under it. `now` in the reader's zone."""
    wanted = [standing for standing in standings if standing.kind != "off"]
    text = " ".join(_sentences(standings, now))
    ill = [standing for standing in wanted if standing.kind in ("broken", "late")]
    if not wanted:
        return Verdict("warn", "No account is connected.", text)
    if all(standing.kind == "current" for standing in wanted):
        return Verdict("ok", "Everything is current.", text)
    if not ill:
        begun = any(standing.kind == "first" for standing in wanted)
        return Verdict("accent", "The first sync is running." if begun else "Nothing has synced yet.", text)
    if len(ill) == len(wanted):
        latest = max((standing.since for standing in ill if standing.since), default=None)
        when = f" since {durations.since(latest.astimezone(now.tzinfo), now)}" if latest else " yet"
        return Verdict("error", f"Nothing has synced{when}.", text)
    return Verdict("warn", f"Mostly working. {_needs(ill)}", text)


def _needs(ill: Sequence[Standing]) -> str:
    one = len(ill) == 1
    number = NUMBERS[len(ill)] if len(ill) < len(NUMBERS) else f"{len(ill):,}"
    accounts = f"{number} account{'' if one else 's'}"
    if any(standing.kind == "broken" for standing in ill):
        return f"{accounts} need{'s' if one else ''} you."
    return f"{accounts} {'is' if one else 'are'} late."


def _sentences(standings: Sequence[Standing], now: datetime) -> list[str]:
    current = [standing.name for standing in standings if standing.kind == "current"]
    said = [f"{_names(current)} {'is' if len(current) == 1 else 'are'} current."] if current else []
    others = [standing for standing in standings if standing.kind != "current"]
    said += [_sentence(standing, now) for standing in others[:NAMED]]
    if len(others) > NAMED:
        said.append(f"{len(others) - NAMED:,} more are not current.")
    return said


def _sentence(standing: Standing, now: datetime) -> str:
    match standing.kind:
        case "first":
            return f"{standing.name} syncs for the first time."
        case "off":
            return f"{standing.name} is disconnected."
    if standing.since is None:
        return f"{standing.name} has not synced yet."
    return f"{standing.name} has not synced since {durations.since(standing.since.astimezone(now.tzinfo), now)}."


def _names(names: Sequence[str]) -> str:
    if len(names) > NAMED:
        return f"{len(names):,} accounts"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
