"""What can be done about a change that is not saved, wherever it is shown; each act says what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from contacts_ui.components.wished import asker, in_words
from integrations.sync import commands
from integrations.sync.health import writes
from integrations.sync.health.writes import Write
from integrations.workspace.models import User

HOLD_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """`write_id` is what is shown from now on: another one where the same was asked for again."""

    write_id: int
    said: str
    is_refused: bool = False


def retry(write: Write, actor: User) -> Outcome:
    """Ask for the same again, at once; a second click finds nothing to retry."""
    try:
        again = commands.retry(write=write, actor=actor)
    except commands.Refused as refused:
        return Outcome(write.pk, f"{in_words(write)} was not sent. {refused}", is_refused=True)
    if again is None:
        return Outcome(write.pk, f"{in_words(write)}: nothing is left to send.")
    return Outcome(again.pk, f"{in_words(write)} is being sent again.")


def dismiss(write: Write, actor: User) -> Outcome:
    """Put a failure away; the record shows again what the provider says."""
    if commands.dismiss(write=write, actor=actor):
        return Outcome(write.pk, f"{in_words(write)}: dismissed. Nothing was sent.")
    return Outcome(write.pk, f"{in_words(write)} was settled already.")


def undo(write: Write, actor: User) -> Outcome:
    """Take back what was not sent yet."""
    if commands.undo(write=write, actor=actor):
        return Outcome(write.pk, f"{in_words(write)}: undone. {still_sent(write, actor)}")
    return Outcome(write.pk, f"{in_words(write)}: too late to undo, it was sent.", is_refused=True)


def still_sent(write: Write, viewer: User) -> str:
    """What of a change that was just taken back is sent all the same, being asked for elsewhere too. One query."""
    other = writes.left_of_others(write)
    if other is None:
        return "Nothing was sent."
    who = "you" if other.actor_id == viewer.pk else asker(other, viewer.pk)
    return f"What {who} asked for is still sent."
