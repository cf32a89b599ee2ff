"""Reads DATABASE_URL; what cannot be a database of this product is refused without showing its password."""

from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

ENGINES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")


def parsed(url: str) -> dict[str, Any]:
    """Django's description of the database at this address, PostgreSQL or an SQLite file."""
    try:
        found = dict(dj_database_url.parse(url))
    except ValueError:
        found = {}
    # Processes share the database, so one in memory is none.
    if found.get("ENGINE") not in ENGINES or found.get("NAME") in ("", ":memory:"):
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgres://user:password@host:5432/name or sqlite:////path/to/file. "
            "Letters such as @ or / in a password are written as %40 or %2F."
        ) from None
    return found
