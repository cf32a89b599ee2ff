"""Users of the provider: who owns contacts and tasks, and who wrote notes."""

from dataclasses import dataclass

from integrations.activity.kinds.kind import Kind, same_names
from integrations.activity.models import RemoteUser
from integrations.activity.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord(Record):
    name: str = ""
    email: str = ""


KIND = Kind(
    name="user",
    plural="users",
    label="Users",
    one="User",
    record=UserRecord,
    model=RemoteUser,
    columns=same_names,
)
