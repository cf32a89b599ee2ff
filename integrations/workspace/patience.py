"""How long a statement waits for a database that somebody else holds: less for what can be done without."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import Error, connection

# A busy database is free again within some ten milliseconds; one that is held for longer is not waited for.
BRIEF = 0.05


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Statements in the block wait so long for a lock. OperationalError leaves it when that was not enough.

    Not for use inside of a transaction: what failed would spoil it.
    """
    _wait(seconds)
    try:
        yield
    finally:
        with suppress(Error):  # a connection that broke meanwhile waits for nothing
            _wait(settings.DATABASE_WAIT_SECONDS)


def _wait(seconds: float) -> None:
    connection.ensure_connection()
    setting = "PRAGMA busy_timeout = %d" if connection.vendor == "sqlite" else "SET lock_timeout = %d"
    # Past Django's cursor: this is no query of the page, and inside of tests no part of a transaction.
    connection.connection.execute(setting % round(seconds * 1000)).close()
