"""Projects cached objects onto the timeline and keeps what contacts derive from it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max, OuterRef, Q, Subquery

from integrations.activity.models import ActivityEntry, Appointment, Contact, Note, RemoteObject, Task
from integrations.sync.statements import refresh_last_activity
from integrations.sync.upsert import Row, upsert

Kind = ActivityEntry.Kind
ENTRY_COLUMNS = ["contact", "occurred_at", "is_open", "actor_remote_id", "text", "run_id"]
SOURCE: dict[type[RemoteObject], str] = {Note: "note", Task: "task", Appointment: "appointment"}
# What a person would call changed; clocks and derived columns are not among it.
WATCHED = {
    "first_name": "First name",
    "last_name": "Last name",
    "email": "E-mail",
    "phone": "Phone",
    "company": "Company",
    "business_remote_id": "Business",
    "owner_remote_id": "Owner",
    "source": "Source",
    "tag_names": "Tags",
    "custom_fields": "Custom fields",
}


def entry_of(model: type[RemoteObject], item: Any) -> Row:
    """The timeline row of a note, task or appointment whose contact is known."""
    source = SOURCE[model]
    return Row(
        workspace_id=item.workspace_id,
        connection_id=item.connection_id,
        contact_id=item.contact_id,
        run_id=item.fetched_by_run,
        kind=Kind(source).value,
        **{f"{source}_id": item.pk},
        **TOLD[model](item),
    )


def _of_note(note: Any) -> dict[str, Any]:
    return {
        "occurred_at": note.added_at or note.fetched_at,
        "actor_remote_id": note.author_remote_id,
        "text": f"{note.title} {note.body_text}".lower(),
    }


def _of_task(task: Any) -> dict[str, Any]:
    return {
        "occurred_at": _task_time(task),
        "is_open": not task.is_completed,
        "actor_remote_id": task.owner_remote_id,
        "text": f"{task.title} {task.body}".lower(),
    }


def _of_appointment(appointment: Any) -> dict[str, Any]:
    return {
        "occurred_at": appointment.start_at,
        "actor_remote_id": appointment.owner_remote_id,
        "text": f"{appointment.title} {appointment.address} {appointment.notes}".lower(),
    }


def _task_time(task: Any) -> datetime:
    """When an open task is due; when a completed one was done, as near as the other side tells us.

    There is no completion time on the other side: the last change of a completed task comes closest. Without it
    (contact-by-contact reading) the due date must do, but never one that still lies ahead.
    """
    known: datetime = task.due_at or task.updated_at or task.added_at or task.fetched_at
    if not task.is_completed:
        return known
    done: datetime = task.updated_at or min(known, task.fetched_at)
    return done


TOLD: dict[type[RemoteObject], Callable[[Any], dict[str, Any]]] = {
    Note: _of_note,
    Task: _of_task,
    Appointment: _of_appointment,
}


def store_entries(model: type[RemoteObject], items: Sequence[Any]) -> None:
    """Write the timeline rows of objects of one model; objects without a known contact have none yet."""
    entries = [entry_of(model, item) for item in items if item.contact_id]
    upsert(ActivityEntry, entries, unique=(SOURCE[model],), update=ENTRY_COLUMNS)


def drop_entries(model: type[RemoteObject], ids: Iterable[int]) -> None:
    """Take removed objects off the timeline."""
    ActivityEntry.objects.filter(**{f"{SOURCE[model]}__in": list(ids)}).delete()


def drop_contacts(contact_ids: Iterable[int]) -> None:
    """Empty the timelines of removed contacts, so that nothing of them is left should they come back."""
    ActivityEntry.objects.filter(contact__in=list(contact_ids)).exclude(kind=Kind.CHANGE).delete()


def adopt_orphans(contacts: Sequence[Row], now: datetime) -> None:
    """Link what arrived before its contact did, and put it on the timeline."""
    by_remote_id = {contact.remote_id: contact for contact in contacts}
    adopted: set[int] = set()
    models: tuple[Any, ...] = (Note, Task, Appointment)
    for model in models:
        found = model._default_manager.filter(
            connection_id=contacts[0].connection_id, contact=None, contact_remote_id__in=list(by_remote_id)
        )
        orphans = list(found.defer("payload", "extra"))
        for orphan in orphans:
            orphan.contact_id = by_remote_id[orphan.contact_remote_id].pk
            adopted.add(orphan.contact_id)
        if orphans:
            theirs = Contact.objects.filter(
                connection=OuterRef("connection"), remote_id=OuterRef("contact_remote_id")
            )
            found.update(contact=Subquery(theirs.values("pk")))
            store_entries(model, [orphan for orphan in orphans if orphan.deleted_at is None])
    if adopted:
        refresh_last_activity(adopted, now)


def store_changes(before: dict[int, dict[str, Any]], after: Iterable[Row], now: datetime) -> None:
    """One timeline row per contact with every watched field that differs, old value beside new."""
    rows = []
    for contact in after:
        old = before.get(contact.pk, {})
        change = [
            {"field": word, "old": old[column], "new": getattr(contact, column)}
            for column, word in WATCHED.items()
            if old and old[column] != getattr(contact, column)
        ]
        if change:
            rows.append(
                ActivityEntry(
                    workspace_id=contact.workspace_id,
                    connection_id=contact.connection_id,
                    contact_id=contact.pk,
                    kind=Kind.CHANGE,
                    occurred_at=min(contact.updated_at or now, now),
                    change=change,
                    text=" ".join(part["field"] for part in change).lower(),
                    run_id=contact.fetched_by_run,
                )
            )
    ActivityEntry.objects.bulk_create(rows)
    refresh_last_activity({row.contact_id for row in rows}, now)


def refresh_passed(connection_id: int, since: datetime, now: datetime) -> None:
    """Meetings take place without anybody changing them: refresh the contacts of those that lay in between."""
    passed = ActivityEntry.objects.filter(
        connection=connection_id, is_open=False, occurred_at__gt=since, occurred_at__lte=now
    )
    contacts = Contact.objects.filter(pk__in=set(passed.values_list("contact_id", flat=True)))
    known = contacts.annotate(latest=_latest(now)).values_list("pk", "last_activity_at", "latest")
    # What stays the same is not written: an open page would take it for a change.
    refresh_last_activity([pk for pk, before, after in known if before != after], now)


def _latest(now: datetime) -> Subquery:
    past = ActivityEntry.objects.filter(Q(occurred_at__lte=now), contact=OuterRef("pk"), is_open=False).order_by()
    return Subquery(past.values("contact").annotate(latest=Max("occurred_at")).values("latest"))
