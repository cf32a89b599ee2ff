"""A note with a change that is not settled: what it will say, how the change stands, and its colours. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contacts_ui.components.pending import Pending
from contacts_ui.components.wished import asker
from integrations.activity import markup

# What a note can be given here, as the provider keeps it; any other colour is shown and kept as it is.
COLOURS = {
    "": "No colour",
    "#FFF2CC": "Yellow",
    "#FFAA00": "Orange",
    "#F4C7C3": "Red",
    "#B7E1CD": "Green",
    "#C9DAF8": "Blue",
    "#D9D2E9": "Purple",
}


def colour_class(colour: str) -> str:
    """How the style sheet calls a colour; "" for none."""
    known = COLOURS.get(colour.strip().upper())
    return (known or "other").lower() if colour.strip() else ""


@dataclass(frozen=True, slots=True)
class NoteRow:
    """`body` is HTML made safe; `by` who wrote it, as the person who looks would say; `key` is its row's id."""

    key: str
    by: str
    did: str
    pending: Pending
    title: str = ""
    body: str = ""
    colour: str = ""
    is_pinned: bool = False
    is_going: bool = False


def row_of(pending: Pending, columns: Mapping[str, Any], *, viewer: int, did: str = "added a note") -> NoteRow:
    """The note as `columns` say it will be."""
    write = pending.write
    return NoteRow(
        key=f"write-{write.pk}",
        by=asker(write, viewer),
        did=did,
        pending=pending,
        title=str(columns.get("title", "")),
        body=markup.safe_html(str(columns.get("body", ""))),
        colour=colour_class(str(columns.get("colour", ""))),
        is_pinned=bool(columns.get("is_pinned")),
        is_going=write.operation == "note.delete",
    )
