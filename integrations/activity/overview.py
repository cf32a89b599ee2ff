"""Reads what stands around a list of contacts in one query: users of the provider, how many contacts, tags."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import connection, models

from integrations.activity.models import ContactCount, RemoteUser, Tag
from integrations.prepared import bound, plan_kept

MOST_TAGS = 300  # a select with more is no help; the search field finds people by any of them
# Only names of tables and marks for values are put in. Each by itself would cost a way to the server and back.
PARTS = {
    "user": "SELECT 'user', 0, remote_id, name FROM {user} WHERE workspace_id IN ({marks})",
    "count": "SELECT 'count', contacts, CAST(workspace_id AS VARCHAR(20)), '' FROM {count}"
    " WHERE workspace_id IN ({marks})",
    "tag": "SELECT 'tag', 0, '', name FROM (SELECT DISTINCT name FROM {tag} WHERE workspace_id IN ({marks})"
    " ORDER BY name LIMIT {most}) AS tags",
}


@dataclass(slots=True)
class Overview:
    """Names of users by remote id, contacts by workspace, tags each once though several workspaces have it."""

    users: dict[str, str] = field(default_factory=dict)
    contacts: dict[int, int] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)


def overview(workspace_ids: Collection[int], *, with_tags: bool) -> Overview:
    """Users and tags by name, users that left included. One query; none without a workspace."""
    found = Overview()
    if not workspace_ids:
        return found
    parts = ["user", "count", *(["tag"] if with_tags else [])]
    with plan_kept(), connection.cursor() as cursor:
        cursor.execute(_statement(parts, len(workspace_ids)), bound([*workspace_ids] * len(parts)))
        for kind, contacts, key, name in cursor.fetchall():
            if kind == "user":
                found.users[key] = name
            elif kind == "count":
                found.contacts[int(key)] = contacts
            else:
                found.tags.append(name)
    return found


def _statement(parts: list[str], workspaces: int) -> str:
    tables: dict[str, type[models.Model]] = {"user": RemoteUser, "count": ContactCount, "tag": Tag}
    names = {word: connection.ops.quote_name(model._meta.db_table) for word, model in tables.items()}
    marks = ", ".join(["%s"] * workspaces)
    selects = [PARTS[part].format(**names, marks=marks, most=MOST_TAGS) for part in parts]
    return f"{' UNION ALL '.join(selects)} ORDER BY 1, 4"
