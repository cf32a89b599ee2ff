"""Changes of a contact's records that are not settled: new records above their place, edits in their own rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from contacts_ui.components import meeting, note_row, pending, task_draft
from contacts_ui.components.meeting import MeetingDraft
from contacts_ui.components.note_row import NoteRow
from contacts_ui.components.pending import Pending
from contacts_ui.components.task_draft import TaskDraft
from contacts_ui.shell import own_notes
from contacts_ui.shell.http import MemberRequest
from contacts_ui.timeline.context import Rights, TimelineContext
from contacts_ui.timeline.filters import TimelineFilters
from integrations.activity.kinds import appointment, note, task
from integrations.activity.models import Contact
from integrations.activity.names import Names
from integrations.sync.health import PageState, changes
from integrations.sync.health.changes import Older
from integrations.sync.health.writes import Write, seen_by
from integrations.workspace.models import NoteRight


@dataclass(frozen=True, slots=True)
class Unsettled:
    """`by_record`: the latest change of each record, by kind and key; the others are not there yet.

    `older` are too many for the page to show; `oversees` says whether the person finds all of them elsewhere.
    """

    by_record: Mapping[tuple[str, int], Pending] = field(default_factory=dict)
    notes: tuple[NoteRow, ...] = ()
    tasks: tuple[TaskDraft, ...] = ()
    meetings: tuple[MeetingDraft, ...] = ()
    older: Older = field(default_factory=Older)
    oversees: bool = False

    def under(self, filters: TimelineFilters) -> Unsettled:
        """The same without the new records that the filters hide."""
        if filters.q or filters.is_narrowed:
            return Unsettled(self.by_record)
        return replace(
            self,
            notes=self.notes if filters.kind in ("", note.KIND.name) else (),
            tasks=self.tasks if filters.kind in ("", task.KIND.name) else (),
            meetings=self.meetings if filters.kind in ("", appointment.KIND.name) else (),
        )


def read_unsettled(contact: Contact, state: PageState, words: TimelineContext) -> Unsettled:
    """The newest of them, newest first. One query where there are any, and one where there may be more."""
    told = seen_by(words.viewer, changes.writes_named(state.pending))
    found = [_stand(contact, write, words) for write in told]
    by_record: dict[tuple[str, int], Pending] = {}
    for one in found:
        if one.write.target_id:
            by_record.setdefault((one.write.kind, one.write.target_id), one)
    new = [one for one in found if not one.write.target_id]
    drawn = (_notes(new, words), _tasks(new, words), _meetings(new, words))
    older = changes.older_of(contact, state, words.viewer)
    return Unsettled(by_record, *drawn, older=older, oversees=words.oversees)


def _stand(contact: Contact, write: Write, words: TimelineContext) -> Pending:
    write.connection = contact.connection
    how = {"now": words.now, "system": words.system, "there": words.contact_url}
    how |= {"viewer": words.viewer, "oversees": words.oversees, "lock": words.lock}
    return pending.of(write, **how)  # type: ignore[arg-type]


def _notes(new: list[Pending], words: TimelineContext) -> tuple[NoteRow, ...]:
    rows = [one for one in new if one.write.kind == note.KIND.name]
    return tuple(note_row.row_of(one, one.write.changes, viewer=words.viewer) for one in rows)


def _tasks(new: list[Pending], words: TimelineContext) -> tuple[TaskDraft, ...]:
    rows = [one for one in new if one.write.kind == task.KIND.name]
    return tuple(task_draft.draft_of(one, words.owners, words.now) for one in rows)


def _meetings(new: list[Pending], words: TimelineContext) -> tuple[MeetingDraft, ...]:
    return tuple(meeting.draft_of(one, words.owners) for one in new if one.write.kind == appointment.KIND.name)


def rights_of(request: MemberRequest, contact: Contact, state: PageState, names: Names) -> Rights:
    """Which notes the person may edit. One query for those who edit only their own where much was written here."""
    right = own_notes.right_in(request, contact.workspace)
    if contact.deleted_at or right != NoteRight.OWN:
        return Rights(every=right == NoteRight.ALL and not contact.deleted_at)
    added = changes.added_here(contact, note.KIND.name, request.user, state)
    return Rights(
        author=own_notes.remote_id_among(request, contact.workspace, names.emails), notes=frozenset(added)
    )
