"""What a note's form shows and says."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from contacts_ui.components.note_row import COLOURS
from contacts_ui.components.record_form import line_in
from integrations.activity import markup
from integrations.sync import commands

NO_WORDS, NO_COLOUR = "This note is empty. Write something first.", "Choose one of the colours."


def shown(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a note as its form shows them: nothing in it that a note may not have."""
    return {**columns, "body": markup.written(columns["body"])}


def wanted_in(post: QueryDict, opened: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that somebody wants."""
    return {
        "title": line_in(post, "title", opened),
        "body": markup.written(post.get("body", "")),
        "colour": post.get("colour", ""),
        "is_pinned": "pinned" in post,
    }


def kept_words(wanted: dict[str, Any], opened: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the body as it was where nobody touched it, though its form shows it made safe."""
    is_same = wanted["body"] == markup.written(opened["body"])
    return {**wanted, "body": opened["body"]} if is_same else wanted


def asked_of(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns under the names that a change takes. Raises Invalid for a note without a word,
    and for a colour that nobody is offered."""
    if "body" in columns and not columns["body"]:
        raise commands.Invalid(NO_WORDS, "body")
    if columns.get("colour", "") not in COLOURS:
        raise commands.Invalid(NO_COLOUR, "colour")
    return {"pinned" if name == "is_pinned" else name: value for name, value in columns.items()}


def with_errors(error: Exception) -> dict[str, Any]:
    """What a form says of what could not be done."""
    if isinstance(error, commands.Invalid):
        return {"errors": {error.field or "body": str(error)}}
    return {"refusal": str(error)}
