"""The system check of people: nobody with a public password where real contacts are."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from integrations.workspace import demo


@register(Tags.database)
def check_demo_people(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Part of `migrate`, `doctor` and `check --database default`; asks no database that was not named."""
    if settings.WORKSPACE_DEMO_PEOPLE or "default" not in (databases or ()):
        return []
    try:
        found = demo.people().filter(is_active=True).count()
    except DatabaseError:
        # An unreachable database has a message of its own.
        return []
    if not found:
        return []
    return [
        Error(
            f"{found} people of the demo (@{demo.DOMAIN}) are active, and their password is public.",
            hint="Shut them out: python manage.py demo_people --shut-out",
            id="workspace.E001",
        )
    ]
