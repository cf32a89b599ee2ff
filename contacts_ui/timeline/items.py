"""Turns timeline entries into items of plain values, which draw the same wherever they are equal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from contacts_ui.components.appointment_status import NO_OUTCOME, SCHEDULED, AppointmentStatus, status_of
from contacts_ui.components.deal import Deal, deal_of
from contacts_ui.components.meeting import GOES_ON, overlay_of
from contacts_ui.components.note_row import colour_class
from contacts_ui.components.owners import Person, owner_of
from contacts_ui.components.pending import Pending
from contacts_ui.components.said import Said, said_of
from contacts_ui.components.task_draft import moment_of
from contacts_ui.components.task_row import TaskRow, row_of
from contacts_ui.formatting import custom_fields
from contacts_ui.timeline.context import TimelineContext
from integrations.activity import markup
from integrations.activity.entry_queries import Entry
from integrations.activity.kinds import NAMED, appointment, change, message, note, opportunity, task
from integrations.sync import health


@dataclass(frozen=True, slots=True)
class EntryTask:
    """A task as its timeline entry tells it."""

    pk: int
    title: str
    due_at: datetime | None
    is_completed: bool
    owner_remote_id: str
    priority: str = ""
    deleted_at: None = None  # what is deleted has no entry


class TimelineItem(NamedTuple):
    """One row of the feed or the agenda: everything that its drawing shows.

    `body` is HTML that was made safe when it was stored. `ends_at` is an appointment's end; `hidden_lines` are a
    long note's, `characters` the length of one whose beginning this is, unless it `is_whole`, `holds` what one
    without words has instead, `colour` how the style sheet calls its colour. `earlier` are the messages of the
    same thread and day that stand behind this one. `before` is what a note said until it was edited, as safe as
    `body`. `subject` is what changed where that was not the contact. `pending` is a change that is not settled;
    what it wants is shown already. A tuple, because a page makes and compares seventy of them.
    """

    pk: int
    kind: str
    one: str
    icon: str
    source_id: int | None
    remote_id: str
    occurred_at: datetime
    actor: Person | None
    title: str
    body: str
    task: TaskRow | None = None
    deal: Deal | None = None
    said: Said | None = None
    earlier: tuple[TimelineItem, ...] = ()
    status: AppointmentStatus | None = None
    ends_at: datetime | None = None
    address: str = ""
    is_whole: bool = False
    hidden_lines: int = 0
    characters: int = 0
    holds: str = ""
    changes: tuple[custom_fields.Change, ...] = ()
    subject: str = ""
    edited_at: datetime | None = None
    editor: Person | None = None  # who of ours made that edit here
    before_title: str = ""
    before: str = ""
    colour: str = ""
    pending: Pending | None = None
    can_change: bool = False
    moved_from: datetime | None = None  # when a meeting would have begun before it was last moved
    moves_to: datetime | None = None  # where somebody wants it; `is_moving` unless something stands in the way
    moves_until: datetime | None = None
    is_moving: bool = False
    wants_anew: bool = False
    asks_outcome: bool = False
    is_pinned: bool = False

    @property
    def is_going(self) -> bool:
        """Whether its deletion is on its way."""
        return _is_going(self.pending)

    @property
    def template(self) -> str:
        """What draws the row in the feed."""
        return f"contacts_ui/timeline/kinds/{self.kind}.html"


def with_writes(entries: Iterable[Entry], context: TimelineContext) -> TimelineContext:
    """The context with the writes to show with the tasks among entries. One query at most."""
    if not context.has_writes:
        return context
    tasks = [entry.source_id for entry in entries if entry.kind == task.KIND.name and entry.source_id]
    return replace(context, writes=health.latest_writes(task.KIND.name, tasks, context.viewer))


def item_of(entry: Entry, context: TimelineContext) -> TimelineItem:
    """One entry with everything looked up."""
    kind = NAMED[entry.kind]
    special = _SPECIAL.get(entry.kind, _nothing)
    told: dict[str, Any] = {
        "pk": entry.pk,
        "kind": kind.name,
        "one": kind.one,
        "icon": kind.icon,
        "source_id": entry.source_id,
        "remote_id": entry.remote_id,
        "occurred_at": entry.occurred_at,
        "actor": owner_of(entry.actor_remote_id, context.owners),
        "title": entry.title,
        "body": entry.body,
        "hidden_lines": entry.facts.get("hidden_lines", 0),
        "characters": entry.facts.get("characters", 0),
        "holds": entry.facts.get("holds", ""),
        "editor": context.editor_of(entry),
    }
    return TimelineItem(**(told | special(entry, context)))


def _nothing(_entry: Entry, _context: TimelineContext) -> dict[str, Any]:
    return {}


def _of_task(entry: Entry, context: TimelineContext) -> dict[str, Any]:
    pending = context.pending_of(entry)
    shown = _task_of(entry, pending.write.changes if pending else {})
    owner = owner_of(shown.owner_remote_id, context.owners)
    write = context.writes.get(shown.pk)
    name, editor = owner.name if owner else "", context.editor_of(entry)
    row = row_of(
        shown,
        write,
        now=context.now,
        lock=context.lock,
        system=context.system,
        there=context.contact_url,
        viewer=context.viewer,
        oversees=context.oversees,
        owner=name,
        editor=editor.who if editor else "",
        pending=pending,
    )
    return {"task": row, "pending": pending}


def _task_of(entry: Entry, wanted: Mapping[str, Any]) -> EntryTask:
    due_at = None if entry.agenda_at == task.SOME_DAY else entry.agenda_at
    return EntryTask(
        entry.source_id or 0,
        wanted.get("title", entry.title),
        moment_of(wanted.get("due_at")) or due_at,
        not entry.is_open,
        wanted.get("owner_remote_id", entry.actor_remote_id),
        entry.facts.get("priority", ""),
    )


def _of_appointment(entry: Entry, context: TimelineContext) -> dict[str, Any]:
    pending, facts = context.pending_of(entry), entry.facts
    overlay, ends_at = overlay_of(pending), moment_of(facts.get("end_at"))
    wanted = pending.write.changes.get("status") if pending and pending.look in GOES_ON else None
    is_over = not wanted and (ends_at or entry.occurred_at) < context.now
    status = status_of(wanted or facts.get("status", ""), is_over=is_over)
    return {
        "status": status,
        "ends_at": ends_at,
        "address": facts.get("address", ""),
        "moved_from": moment_of(facts.get("moved_from")),
        "can_change": not context.lock,
        "asks_outcome": status == NO_OUTCOME and not context.lock and pending is None,
        **overlay,
    }


def _of_change(entry: Entry, context: TimelineContext) -> dict[str, Any]:
    names = {remote_id: person.name for remote_id, person in context.owners.items()}
    changes = custom_fields.changes(entry.facts.get("changes") or [], context.definitions, names)
    of = NAMED.get(entry.facts.get("of", ""))
    return {"changes": tuple(changes), "subject": of.one if of else ""}


def _is_going(pending: Pending | None) -> bool:
    return pending is not None and pending.write.operation.endswith(".delete")


def _of_note(entry: Entry, context: TimelineContext) -> dict[str, Any]:
    edited_at, pending = entry.facts.get("edited_at"), context.pending_of(entry)
    wanted = pending.write.changes if pending else {}
    told = {
        "actor": _author(entry, context),
        "edited_at": datetime.fromisoformat(edited_at) if edited_at else None,
        "before_title": entry.facts.get("earlier_title", ""),
        "before": entry.facts.get("earlier", ""),
        "colour": colour_class(wanted.get("colour", entry.facts.get("colour", ""))),
        "title": wanted.get("title", entry.title),
        "pending": pending if pending is None or context.rights.cover(entry) else pending.not_again(),
        "is_pinned": wanted.get("is_pinned", entry.type == note.PINNED),
        "can_change": not context.lock and context.rights.cover(entry) and not _is_going(pending),
    }
    if "body" in wanted:
        told |= {"body": markup.safe_html(wanted["body"]), "is_whole": True, "holds": ""}
    return told


def _author(entry: Entry, context: TimelineContext) -> Person | None:
    """Whom the provider names, unless somebody wrote it here under another name."""
    named, maker = owner_of(entry.actor_remote_id, context.owners), context.makers.get(entry.made_by_id or 0)
    if maker is None or maker.remote_id == entry.actor_remote_id:
        return named
    return replace(maker, under=named.name if named else "")


def _of_message(entry: Entry, context: TimelineContext) -> dict[str, Any]:
    said = said_of(entry, context.conversation_url)
    return {"said": said, "status": SCHEDULED if said.is_scheduled else None}


def threaded(items: Iterable[TimelineItem]) -> list[TimelineItem]:
    """The same, newest first, with each thread's messages behind its latest one."""
    threads: dict[Any, list[TimelineItem]] = {}
    for item in items:
        # Whatever belongs to no thread is one by itself.
        thread = item.said.thread if item.said else None
        threads.setdefault(thread or item.pk, []).append(item)
    return [latest._replace(earlier=tuple(rest)) if rest else latest for latest, *rest in threads.values()]


def _of_opportunity(entry: Entry, context: TimelineContext) -> dict[str, Any]:
    return {"deal": deal_of(entry), **_of_change(entry, context)}


_SPECIAL = {
    task.KIND.name: _of_task,
    appointment.KIND.name: _of_appointment,
    change.KIND.name: _of_change,
    opportunity.KIND.name: _of_opportunity,
    message.KIND.name: _of_message,
    note.KIND.name: _of_note,
}
