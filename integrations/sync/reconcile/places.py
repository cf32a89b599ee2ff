"""Keeps the places of contacts in lists that are sorted by business or by owner, which have names of their own."""

from collections.abc import Sequence
from typing import Any

from integrations.activity.models import Business, Contact, RemoteUser
from integrations.activity.search import sort_place
from integrations.connections.models import Connection
from integrations.sync import raw
from integrations.sync.upsert import Row

COLUMNS = ("sort_business", "sort_owner")


def place(connection: Connection, contacts: Sequence[Row]) -> None:
    """Set both places of contacts that are about to be stored. Up to two queries."""
    firms = _names(Business, connection, {row.business_remote_id for row in contacts})
    owners = _names(RemoteUser, connection, {row.owner_remote_id for row in contacts})
    for row in contacts:
        row.sort_business = sort_place(firms.get(row.business_remote_id, "") or row.company)
        row.sort_owner = sort_place(owners.get(row.owner_remote_id, ""))


def follow(connection: Connection, model: Any, named: Sequence[Row]) -> None:
    """Move the contacts of businesses or owners that were stored. One query, and one for each new name."""
    names = {row.remote_id: row.name for row in named}
    of, column = ("business_remote_id", COLUMNS[0]) if model is Business else ("owner_remote_id", COLUMNS[1])
    theirs = Contact.objects.filter(workspace=connection.workspace_id, connection=connection)
    moved: dict[str, list[int]] = {}
    for pk, remote_id, company, before in theirs.filter(**{f"{of}__in": list(names)}).values_list(
        "pk", of, "company", column
    ):
        now = sort_place(names[remote_id] or (company if model is Business else ""))
        if now != before:
            moved.setdefault(now, []).append(pk)
    for now, keys in moved.items():
        Contact.objects.filter(pk__in=keys).update(**{column: now})


def _names(model: Any, connection: Connection, remote_ids: set[str]) -> dict[str, str]:
    return raw.of_remote(model, "name", connection.pk, remote_ids - {""})
