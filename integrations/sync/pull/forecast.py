"""What a run will cost, from the sizes that the cache knows; no request is made for it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Min

from integrations.activity.models import Business, Calendar, Contact, Message, Opportunity, RemoteUser, Task
from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.sync import planner, rolling_refresh
from integrations.sync.models import StreamCursor
from integrations.sync.planner import Sizes
from integrations.sync.pull import extent


def sizes_of(connection_ids: Iterable[int]) -> dict[int, Sizes]:
    """The sizes of many connections, {connection id: sizes}, in seven queries however many."""
    ids = list(connection_ids)
    people = Contact.objects.present().filter(connection__in=ids).order_by().values("connection")
    counted = people.annotate(number=Count("pk"), oldest=Min("added_at"))
    contacts = {pk: rest for pk, *rest in counted.values_list("connection", "number", "oldest")}
    tasks, users = _count(Task, ids), _count(RemoteUser, ids)
    businesses, calendars = _count(Business, ids), _count(Calendar, ids)
    deals, messages = _count(Opportunity, ids), _count(Message, ids)
    found = {}
    for pk in ids:
        number, oldest = contacts.get(pk, (None, None))
        found[pk] = Sizes(
            contacts=number,
            tasks=tasks.get(pk),
            users=users.get(pk, 0),
            businesses=businesses.get(pk, 0),
            calendars=calendars.get(pk, 0),
            opportunities=deals.get(pk, 0),
            messages=messages.get(pk, 0),
            oldest=oldest,
        )
    return found


def forecast(connection: Connection, *, kind: str, now: datetime, trigger: str = "", **told: Any) -> int | None:
    """Requests that a run of this kind will make; `told` are sizes that are known better than the cache does."""
    cursors = StreamCursor.objects.filter(connection=connection)
    contacts = Contact.objects.present().filter(connection=connection)
    streams = registry.provider(connection.provider).streams
    asked = [stream.key for stream in streams if stream.by_contact]
    sizes = replace(
        sizes_of([connection.pk])[connection.pk],
        due={key: rolling_refresh.due_count(contacts, key) for key in asked} if kind != "full" else {},
        spared={key: rolling_refresh.spared(contacts, key, kind, trigger, now) for key in asked},
        by_change=extent.by_change(connection, kind, trigger, now),
        left_out=frozenset(cursors.off().values_list("stream", flat=True)),
        **told,
    )
    return planner.forecast(
        sizes, streams, kind=kind, now=now, states=dict(cursors.values_list("stream", "state"))
    )


def _count(model: Any, connection_ids: list[int]) -> dict[int, int]:
    """With those that are gone: they are few, and without looking at them an index answers."""
    found = model._default_manager.filter(connection__in=connection_ids).order_by()
    return dict(found.values_list("connection").annotate(Count("pk")))
