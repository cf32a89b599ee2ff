"""What a run will cost, from the sizes that the cache knows; no request is made for it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q

from integrations.activity.models import Business, Calendar, Contact, RemoteUser, Task
from integrations.sync import ageing, planner
from integrations.sync.models import StreamCursor
from integrations.sync.planner import Sizes


def sizes_of(workspace_ids: Iterable[int]) -> dict[int, Sizes]:
    """The sizes of many workspaces, {workspace id: sizes}, in five queries however many."""
    ids = list(workspace_ids)
    people = Contact.objects.present().filter(workspace__in=ids).order_by().values("workspace")
    due = Count("pk", filter=Q(notes_are_due=True))
    counted = people.annotate(number=Count("pk"), oldest=Min("added_at"), due=due)
    contacts = {pk: rest for pk, *rest in counted.values_list("workspace", "number", "oldest", "due")}
    tasks, users = _count(Task, ids), _count(RemoteUser, ids)
    businesses, calendars = _count(Business, ids), _count(Calendar, ids)
    found = {}
    for pk in ids:
        number, oldest, notes_due = contacts.get(pk, (None, None, 0))
        found[pk] = Sizes(
            contacts=number,
            tasks=tasks.get(pk),
            users=users.get(pk, 0),
            businesses=businesses.get(pk, 0),
            calendars=calendars.get(pk, 0),
            oldest=oldest,
            notes_due=notes_due,
        )
    return found


def forecast(workspace_id: int, *, kind: str, now: datetime, trigger: str = "", **told: Any) -> int | None:
    """Requests that a run of this kind will make; `told` are sizes that are known better than the cache does."""
    cursors = StreamCursor.objects.filter(workspace=workspace_id)
    contacts = Contact.objects.present().filter(workspace=workspace_id)
    sizes = replace(
        sizes_of([workspace_id])[workspace_id],
        notes_spared=ageing.spared(contacts, kind, trigger, now),
        left_out=frozenset(cursors.off().values_list("stream", flat=True)),
        **told,
    )
    return planner.forecast(sizes, kind=kind, now=now, states=dict(cursors.values_list("stream", "state")))


def _count(model: Any, workspace_ids: list[int]) -> dict[int, int]:
    """With those that are gone: they are few, and without looking at them an index answers."""
    found = model._default_manager.filter(workspace__in=workspace_ids).order_by()
    return dict(found.values_list("workspace").annotate(Count("pk")))
