"""What ids stand for in one workspace: users of its provider, definitions of custom fields, people of ours."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection

from integrations.activity.models import FieldDefinition, RemoteUser, ShownField
from integrations.prepared import bound, plan_kept
from integrations.workspace.models import Membership, User

# Written out because all are wanted on most pages of a contact, and three queries cost thrice of one.
NAMES = """
    SELECT 'user', remote_id, name, email, 0, TRUE, '' FROM {users} WHERE workspace_id = %s
    UNION ALL SELECT 'field', field.remote_id, field.name, field.data_type,
        COALESCE(shown.position, field.position + {undecided}), COALESCE(shown.is_shown, TRUE),
        COALESCE(shown.shown_as, '')
    FROM {fields} AS field
    LEFT JOIN {shown} AS shown ON shown.workspace_id = field.workspace_id AND shown.remote_id = field.remote_id
    WHERE field.workspace_id = %s
    UNION ALL SELECT 'person', '', TRIM(first_name || ' ' || last_name), email, {people}.id, TRUE,
        COALESCE(remote_user_id, '') FROM {people}
        LEFT JOIN {members} ON {members}.user_id = {people}.id AND workspace_id = %s
        WHERE {members}.id IS NOT NULL OR is_staff
"""
UNDECIDED = 1_000_000  # fields of which nobody has decided stand behind all others, in the provider's order


class FieldName(NamedTuple):
    """A custom field as pages show it: `shown_as` is one of `ShownField.As`."""

    name: str
    data_type: str = ""
    position: int = 0
    is_shown: bool = True
    shown_as: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """`users` and their `emails`, and `fields`, by remote id. Those who left are among them.

    `people` are the workspace's own by their key: name, email, and which user an admin has said that they are.
    """

    users: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    fields: dict[str, FieldName] = field(default_factory=dict)
    people: dict[int, tuple[str, str, str]] = field(default_factory=dict)

    def remote_id_of(self, person: int, among: Collection[str] | None = None) -> str:
        """Which user, `among` some or all, one of our people is; "" where nobody or several could be meant."""
        _, email, chosen = self.people.get(person, ("", "", ""))
        if chosen and (among is None or chosen in among):
            return chosen
        users = self.emails if among is None else {one: self.emails.get(one, "") for one in among}
        alike = [remote_id for remote_id, other in users.items() if email and other.lower() == email.lower()]
        return alike[0] if len(alike) == 1 else ""


def names_of(workspace_id: int) -> Names:
    """All names of a workspace. One query."""
    tables: dict[str, type[Any]] = {"users": RemoteUser, "fields": FieldDefinition, "shown": ShownField}
    tables |= {"people": User, "members": Membership}
    quoted = {word: connection.ops.quote_name(model._meta.db_table) for word, model in tables.items()}
    found = Names()
    with plan_kept(), connection.cursor() as cursor:
        cursor.execute(NAMES.format(**quoted, undecided=UNDECIDED), bound([workspace_id] * 3))
        for kind, remote_id, name, data_type, position, is_shown, shown_as in cursor.fetchall():
            if kind == "user":
                found.users[remote_id], found.emails[remote_id] = name, data_type
            elif kind == "person":
                found.people[position] = name or data_type, data_type, shown_as
            else:
                found.fields[remote_id] = FieldName(name, data_type, position, bool(is_shown), shown_as)
    return found


def users_present(workspace_id: int) -> dict[str, str]:
    """The names of the provider's users who are still there, by remote id, in the order of names. One query."""
    found = RemoteUser.objects.present().filter(workspace=workspace_id).order_by("name", "pk")
    return dict(found.values_list("remote_id", "name"))
