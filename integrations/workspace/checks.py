"""The system checks of people: nobody with a public password where real contacts are; mail that arrives."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

from integrations.workspace import demo


@register(Tags.database)
def check_demo_people(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Part of `migrate`, `doctor` and `check --database default`; asks no database that was not named."""
    if settings.WORKSPACE_DEMO_PEOPLE or "default" not in (databases or ()):
        return []
    try:
        found = list(demo.people().filter(is_active=True).values_list("email", flat=True))
    except DatabaseError:
        # An unreachable database has a message of its own.
        return []
    if not found:
        return []
    return [
        Error(
            f"Demo people can sign in, and their password is public: {', '.join(found)}.",
            hint="Stop these sign-ins: python manage.py demo_people --shut-out",
            id="workspace.E001",
        )
    ]


@register()
def check_sender(**_: Any) -> list[CheckMessage]:
    """Mail needs an address that it comes from, since most servers refuse one at localhost."""
    if not settings.SENDS_MAIL or not settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@localhost"):
        return []
    return [
        Warning(
            f"Email would come from {settings.DEFAULT_FROM_EMAIL}, which most mail servers reject.",
            hint="EMAIL_URL is set: set EMAIL_FROM too, to an address that this mail server sends for.",
            id="workspace.W001",
        )
    ]
