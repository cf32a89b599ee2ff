"""What ids in records stand for in one workspace: users of its provider, definitions of custom fields."""

from dataclasses import dataclass, field

from django.db import connection

from integrations.activity.models import FieldDefinition, RemoteUser

# Written out because both are wanted on most pages of a contact, and two queries cost twice of one.
NAMES = """
    SELECT 'user', remote_id, name, '', 0 FROM {users} WHERE workspace_id = %s
    UNION ALL SELECT 'field', remote_id, name, data_type, position FROM {fields} WHERE workspace_id = %s
"""


@dataclass(frozen=True, slots=True)
class Names:
    """`users` by remote id; `fields` by remote id: name, data type and position. Those who left are among them."""

    users: dict[str, str] = field(default_factory=dict)
    fields: dict[str, tuple[str, str, int]] = field(default_factory=dict)


def names_of(workspace_id: int) -> Names:
    """All names of a workspace. One query."""
    tables = {"users": RemoteUser, "fields": FieldDefinition}
    quoted = {word: connection.ops.quote_name(model._meta.db_table) for word, model in tables.items()}
    found = Names()
    with connection.cursor() as cursor:
        cursor.execute(NAMES.format(**quoted), [workspace_id, workspace_id])
        for kind, remote_id, name, data_type, position in cursor.fetchall():
            if kind == "user":
                found.users[remote_id] = name
            else:
                found.fields[remote_id] = name, data_type, position
    return found
