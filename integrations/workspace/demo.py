"""Who belongs to the demo: people whose password is public, so they never meet real contacts."""

from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from integrations.workspace.models import User, Workspace

DOMAIN = "demo.example"


def is_shut_out(email: str) -> bool:
    """Whether the address is of the demo and this installation reads a real account."""
    return not settings.WORKSPACE_DEMO_PEOPLE and email.strip().lower().endswith(f"@{DOMAIN}")


def people() -> QuerySet[User]:
    """Everybody of the demo; nobody before the first migration."""
    if not _has_table(User):
        return User.objects.none()
    return User.objects.filter(email__iendswith=f"@{DOMAIN}")


def marker() -> Path:
    """The file that tells a demo's data folder from one with real contacts."""
    return Path(settings.DATA_DIR) / "demo"


def has_workspaces() -> bool:
    """Whether an account was ever connected here."""
    return _has_table(Workspace) and Workspace.objects.exists()


def _has_table(model: type[User] | type[Workspace]) -> bool:
    # Asked first: on PostgreSQL a query that fails would spoil the transaction around it.
    return model._meta.db_table in connection.introspection.table_names()
