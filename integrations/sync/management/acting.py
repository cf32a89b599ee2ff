"""For whom a command acts: a person, with what their role allows, or nobody in particular."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from integrations.connections.models import Connection
from integrations.sync.models import Write
from integrations.sync.push.permission import require_hold, require_membership
from integrations.workspace.models import User


def name_person(parser: CommandParser) -> None:
    parser.add_argument(
        "--as", dest="person", metavar="EMAIL", help="make the change as this person, with their rights"
    )


def person_of(options: dict[str, Any], connection: Connection) -> User | None:
    """Whoever is named, None without a name. Raises Refused for no member, and exits with 2 for nobody."""
    email = options.get("person")
    if email is None:  # a name that came out empty is nobody's
        return None
    found = User.objects.filter(email=email.strip().lower()).first()
    if found is None:
        raise CommandError(f"Nobody here has the address {email or '“”'}.", returncode=2)
    require_membership(found, connection.workspace)
    return found


def person_about(options: dict[str, Any], write: Write) -> User | None:
    """The same about a change that was asked for. Raises Refused where it is not theirs to decide."""
    if person := person_of(options, write.connection):
        require_hold(person, write)
    return person
