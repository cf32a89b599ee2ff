"""Tasks with a change that is not settled stand above the agenda wherever their own place is out of sight."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from contacts_ui.components.owners import owner_of
from contacts_ui.components.task_row import TaskRow, row_of
from contacts_ui.timeline.context import TimelineContext
from contacts_ui.timeline.rows import AGENDA, Place, drawn
from integrations.activity.asked import Filters
from integrations.activity.entry_queries import Entry
from integrations.activity.kinds import task
from integrations.activity.models import Contact, Task
from integrations.sync import health
from integrations.sync.health import PageState
from integrations.sync.health.writes import Write


@dataclass(frozen=True, slots=True)
class RaisedTask:
    """One of them as a row of the agenda."""

    task: TaskRow
    body: str = ""
    pending: None = None
    earlier: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Raised:
    """The rows as they are drawn; `query` tells later pages of both lists what stands here already."""

    rows: str = ""
    query: str = ""


def query_of(tasks: Collection[int]) -> str:
    """What the address of a later page says of the raised tasks."""
    return f"&raised={','.join(map(str, sorted(tasks)))}" if tasks else ""


def tasks_of(entries: Collection[Entry]) -> set[int]:
    """The tasks among entries."""
    return {entry.source_id for entry in entries if entry.kind == task.KIND.name and entry.source_id}


def without(entries: list[Entry], tasks: Collection[int]) -> list[Entry]:
    """The entries of everything but these tasks."""
    return [entry for entry in entries if entry.kind != task.KIND.name or entry.source_id not in tasks]


def read_raised(
    request: HttpRequest,
    contact: Contact,
    filters: Filters,
    state: PageState,
    shown: Collection[int],
    words: TimelineContext,
    place: Place,
) -> Raised:
    """What is not settled and not among the tasks `shown`, deleted ones too. Two queries, or none."""
    missing = {pk for kind, pk in state.unsettled if kind == task.KIND.name} - set(shown)
    if not missing or filters.is_search or filters.kind not in ("", task.KIND.name):
        return Raised()
    found = Task.objects.filter(contact=contact, pk__in=missing).defer("payload").order_by("due_at", "pk")
    writes = health.latest_writes(task.KIND.name, missing, words.viewer)
    rows = [RaisedTask(_row(one, words, writes)) for one in found if one.pk in writes]
    return Raised(drawn(request, AGENDA, rows, place), query_of({row.task.task.pk for row in rows}))


def _row(one: Task, words: TimelineContext, writes: dict[int, Write]) -> TaskRow:
    owner, editor = owner_of(one.owner_remote_id, words.owners), words.makers.get(one.edited_by or 0)
    return row_of(
        one,
        writes[one.pk],
        now=words.now,
        lock=words.lock,
        system=words.system,
        there=words.contact_url,
        viewer=words.viewer,
        oversees=words.oversees,
        owner=owner.name if owner else "",
        editor=editor.who if editor else "",
    )
