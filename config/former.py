"""Refuses a database of a version whose tables this one cannot change into its own."""

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.migrations.loader import MigrationLoader

ADVICE = (
    "This database was made by another version of Throughline and cannot be upgraded to this one. Nothing was "
    "changed. Start with an empty DATA_DIR, or an empty database in DATABASE_URL, and connect the accounts again. "
    "Throughline then reads everything again. The other version can still open this database."
)


def refuse() -> None:
    """Raises ImproperlyConfigured where a migration of ours was applied that is not among those of today.

    Django would pass over it and apply the others to tables that they do not fit. Errors of the database pass.
    """
    loader = MigrationLoader(connection, ignore_no_migrations=True)
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("integrations.")}
    if any(key[0] in ours for key in set(loader.applied_migrations) - set(loader.disk_migrations)):
        raise ImproperlyConfigured(ADVICE)
