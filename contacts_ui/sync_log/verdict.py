"""Answers "is it working" in one headline, from how current each account is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contacts_ui.formatting import durations

# More names than this make a sentence nobody reads; a number says it better.
NAMED = 3
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass(frozen=True, slots=True)
class AccountHealth:
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


@dataclass(frozen=True, slots=True)
class Losses:
    """What did not get through and still has not: changes that people made, records that could not be read."""

    writes: int = 0
    records: str = ""  # how many, in words: "3", "1,000+"

    @property
    def words(self) -> str:
        """Both as one clause, "" for none."""
        writes = f"{self.writes:,} change{'' if self.writes == 1 else 's'} didn't save" if self.writes else ""
        records = (
            f"{self.records} record{'' if self.records == '1' else 's'} couldn't be read" if self.records else ""
        )
        return " and ".join(filter(None, (writes, records)))


def verdict(accounts: Sequence[AccountHealth], now: datetime, losses: Losses = Losses()) -> Verdict:
    """The headline and the sentence under it. `now` in the reader's zone."""
    wanted = [account for account in accounts if account.kind != "off"]
    text = " ".join(_sentences(accounts, now))
    ill = [account for account in wanted if account.kind in ("broken", "late")]
    if not wanted:
        return Verdict("warn", "No account is connected.", text)
    if all(account.kind == "current" for account in wanted):
        if losses.words:
            return Verdict("warn", f"Up to date, but {losses.words}.", text)
        return Verdict("ok", "Everything is current.", text)
    if not ill:
        begun = any(account.kind == "first" for account in wanted)
        return Verdict("accent", "The first sync is running." if begun else "Nothing has synced yet.", text)
    if len(ill) == len(wanted):
        latest = max((account.since for account in ill if account.since), default=None)
        when = f" since {durations.since(latest.astimezone(now.tzinfo), now)}" if latest else " yet"
        return Verdict("error", f"Nothing has synced{when}.", text)
    return Verdict("warn", f"Mostly working. {_needs(ill)}", text)


def _needs(ill: Sequence[AccountHealth]) -> str:
    one = len(ill) == 1
    number = NUMBERS[len(ill)] if len(ill) < len(NUMBERS) else f"{len(ill):,}"
    said = f"{number} account{'' if one else 's'}"
    if any(account.kind == "broken" for account in ill):
        return f"{said} need{'s' if one else ''} you."
    return f"{said} {'is' if one else 'are'} late."


def _sentences(accounts: Sequence[AccountHealth], now: datetime) -> list[str]:
    current = [account.name for account in accounts if account.kind == "current"]
    said = [f"{_names(current)} {'is' if len(current) == 1 else 'are'} current."] if current else []
    others = [account for account in accounts if account.kind != "current"]
    said += [_sentence(account, now) for account in others[:NAMED]]
    if len(others) > NAMED:
        said.append(f"{len(others) - NAMED:,} more are not current.")
    return said


def _sentence(account: AccountHealth, now: datetime) -> str:
    match account.kind:
        case "first":
            return f"{account.name} is syncing for the first time."
        case "off":
            return f"{account.name} is disconnected."
    if account.since is None:
        return f"{account.name} has not synced yet."
    return f"{account.name} has not synced since {durations.since(account.since.astimezone(now.tzinfo), now)}."


def _names(names: Sequence[str]) -> str:
    if len(names) > NAMED:
        return f"{len(names):,} accounts"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
