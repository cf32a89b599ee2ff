"""What a task's form shows and says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils import timezone

from contacts_ui.components.record_form import line_in, lines_in
from contacts_ui.components.task_draft import moment_of
from contacts_ui.formatting import clock, due
from integrations.activity import markup
from integrations.activity.models import Contact
from integrations.sync import commands

NO_TITLE, NO_MOMENT = "A task needs a title.", "Choose a day and a time."
PICK = "pick"
LOCAL = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Choice:
    """A moment that is chosen with one press."""

    key: str
    label: str
    at: datetime
    words: str


def choices(contact: Contact, now: datetime) -> list[Choice]:
    """Later today, tomorrow, next week: in the zone of the account, told in that of the reader."""
    here = clock.local(now)
    found = due.moments(now, ZoneInfo(contact.workspace.timezone))
    return [Choice(key, due.LABELS[key], at, _words(at, here)) for key, at in found.items()]


def _words(at: datetime, here: datetime) -> str:
    """The hour, with the day where the label does not tell it: next week's, and that of a reader elsewhere."""
    there = clock.local(at)
    days = (there.date() - here.date()).days
    if days > 6:  # the weekday alone would be read as this week's
        return f"{there:%a} {there.day} {there:%b %H:%M}"
    return f"{there:%H:%M}" if days < 2 and there.utcoffset() == at.utcoffset() else f"{there:%a %H:%M}"


def values_of(columns: Mapping[str, Any], when: str) -> dict[str, Any]:
    """The columns of a task as its form shows them; `when` is the choice that is pressed."""
    at = moment_of(columns.get("due_at"))
    shown = {"body": markup.lines(columns["body"]), "due": clock.local(at).strftime(LOCAL) if at else ""}
    return {**columns, **shown, "when": when}


def sent_values(post: QueryDict, columns: Mapping[str, Any]) -> dict[str, Any]:
    """What a form shows again that cannot be saved, as it was sent."""
    told = {"title": post.get("title", columns["title"])}
    told["body"] = post.get("body", markup.lines(columns["body"]))
    told["priority"] = post.get("priority", "")
    sent = {**told, "due": post.get("due", "")}
    return {**columns, **sent, "owner_remote_id": post.get("owner", ""), "when": post.get("when", PICK)}


def wanted_in(post: QueryDict, opened: Mapping[str, Any], contact: Contact, now: datetime) -> dict[str, Any]:
    """The columns that somebody wants, of the fields that the form has. Raises Invalid."""
    wanted = dict(opened)
    if "title" in post:
        wanted["title"] = line_in(post, "title", opened)
        if not wanted["title"]:
            raise commands.Invalid(NO_TITLE, "title")
    if "body" in post:
        wanted["body"] = lines_in(post, "body", opened)
    if "owner" in post:
        wanted["owner_remote_id"] = post.get("owner", "")
    if "due" in post or "when" in post:
        wanted["due_at"] = _due(post, opened["due_at"], contact, now)
    return wanted


def _due(post: QueryDict, before: str | None, contact: Contact, now: datetime) -> str | None:
    """When it is due, as a change holds it; as it was where the form shows the same minute."""
    chosen = due.moments(now, ZoneInfo(contact.workspace.timezone)).get(post.get("when", ""))
    if chosen is None:
        known = moment_of(before)
        if post.get("due", "") == (clock.local(known).strftime(LOCAL) if known else ""):
            return before
        chosen = _picked(post.get("due", ""))
    return chosen.astimezone(UTC).isoformat()


def _picked(text: str) -> datetime:
    """A moment in the zone in which the page tells times."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise commands.Invalid(NO_MOMENT, "due") from error
    if not 1970 < at.year < 2200:
        raise commands.Invalid(NO_MOMENT, "due")
    return timezone.make_aware(at) if timezone.is_naive(at) else at


def asked_of(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns under the names that a change takes; an empty one of a new task is none."""
    return {"owner_id" if name == "owner_remote_id" else name: value for name, value in columns.items()}


def with_errors(error: Exception) -> dict[str, Any]:
    """What a form says of what could not be done."""
    if isinstance(error, commands.Invalid):
        return {"errors": {error.field or "title": str(error)}}
    return {"refusal": str(error)}
