"""Deletes everything that was read from a connection, and what was written to it, for good."""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from integrations.activity.kinds import cached_models
from integrations.activity.models import ActivityEntry, Contact, Tag
from integrations.connections.models import Connection
from integrations.sync import batching
from integrations.sync.models import (
    Conflict,
    ContactDue,
    DriftDay,
    FetchRequest,
    InboundEvent,
    RecordFailure,
    StreamCursor,
    SyncSchedule,
    Write,
)
from integrations.sync.push.operations import OPERATIONS
from integrations.workspace.models import AuditEntry


def _forget_values(connection: Connection) -> None:
    """What was written stays in the audit as who did what and how it ended, without what it said."""
    told = AuditEntry.objects.filter(workspace=connection.workspace_id).exclude(detail={})
    for some in batching.batches(told.filter(Q(act__in=OPERATIONS) | Q(act="conflict.settle"))):
        some.update(detail={})


def _delete_writes(connection: Connection) -> None:
    """Some at a time, taken in the order of their keys as all do who change several."""
    found = Write.objects.filter(connection=connection).order_by()
    while keys := list(found.values_list("pk", flat=True)[: batching.ROWS]):
        with transaction.atomic():
            some = Write.objects.filter(pk__in=keys)
            some.lock()
            some._raw_delete(some.db)


def _delete_entries(connection: Connection) -> None:
    """By contact, as their indexes lead to them; they may be contacts of another connection."""
    for some in batching.batches(Contact.objects.filter(workspace=connection.workspace_id)):
        batching.delete(ActivityEntry.objects.filter(connection=connection, contact__in=some))


def purge_cache(connection: Connection) -> None:
    """Delete every cached record of a connection for good; nothing is deleted at the provider.

    First what somebody is sending or reading, so that they find nothing to store for. Then table by table, with
    children first and a slice at a time: the usual cascade would hold millions in memory and keep others from the
    database for minutes. Where it is stopped, doing it again goes on.
    """
    _forget_values(connection)
    batching.delete(Conflict.objects.filter(write__connection=connection))
    _delete_writes(connection)
    batching.delete(FetchRequest.objects.filter(connection=connection))
    for some in batching.batches(Contact.objects.filter(connection=connection).exclude(merged_into=None)):
        some.update(merged_into=None)
    _delete_entries(connection)
    rows: list[QuerySet[Any]] = [
        InboundEvent.objects.filter(connection=connection),
        ContactDue.objects.filter(connection=connection),
        Contact.tags.through.objects.filter(contact__connection=connection),
        *(model._default_manager.filter(connection=connection) for model in cached_models()),
        Tag.objects.filter(workspace=connection.workspace_id, contacts=None),
        RecordFailure.objects.filter(connection=connection),
        DriftDay.objects.filter(connection=connection),
    ]
    for found in rows:
        batching.delete(found)
    StreamCursor.objects.filter(connection=connection).delete()
    SyncSchedule.objects.filter(connection=connection).update(last_full_at=None, last_synced_at=None)
