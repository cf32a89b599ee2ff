"""Who belongs to the demo: people whose password is public, so they never meet real contacts."""

from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from integrations.workspace.models import User, Workspace

DOMAIN = "demo.example"


def is_shut_out(user: User) -> bool:
    """Whether the person is of the demo, under whatever address, and this installation reads a real account."""
    return user.is_demo and not settings.WORKSPACE_DEMO_PEOPLE


def people() -> QuerySet[User]:
    """Everybody of the demo; nobody before the first migration, and by address before the one that flags them."""
    columns = _columns(User)
    if not columns:
        return User.objects.none()
    if "is_demo" not in columns:
        return User.objects.filter(email__iendswith=f"@{DOMAIN}")
    return User.objects.filter(is_demo=True)


def marker() -> Path:
    """The file that tells a demo's data folder from one with real contacts."""
    return Path(settings.DATA_DIR) / "demo"


def has_workspaces() -> bool:
    """Whether an account was ever connected here."""
    return bool(_columns(Workspace)) and Workspace.objects.exists()


def _columns(model: type[User] | type[Workspace]) -> set[str]:
    """The columns that the model's table has by now; none where there is no table yet."""
    # Asked first: on PostgreSQL a query that fails would spoil the transaction around it.
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return set()
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}
