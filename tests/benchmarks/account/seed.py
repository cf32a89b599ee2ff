"""Multiplies the small account to its full size, one statement a table; its last line is JSON with the facts."""

import json
import sys
import time
from datetime import UTC, datetime
from itertools import batched

import django


def main():
    django.setup()
    from django.core.management.color import no_style
    from django.db import connection

    from tests.benchmarks.account import activities, history, people, plan, talk

    now = int(time.time())
    with connection.cursor() as cursor:
        _hasten(cursor, connection.vendor)
        for part in (plan, people, activities, talk, history):
            for statement in part.statements(now):
                _execute(cursor, statement)
        models = [*people.MODELS, *activities.MODELS, *talk.MODELS, *history.MODELS]
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
        _derive(now)
        _settle(cursor, connection.vendor)
    print(json.dumps(activities.facts() | people.facts() | talk.facts()))


def _execute(cursor, statement):
    began = time.monotonic()
    cursor.execute(statement)
    took = time.monotonic() - began
    if took > 1:
        print(f"{took:6.0f} s  {statement[:60]}", file=sys.stderr)


def _hasten(cursor, vendor):
    """Nobody else is here, and what is half made is made anew."""
    if vendor == "sqlite":
        cursor.execute("PRAGMA journal_mode=OFF")
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.execute("PRAGMA cache_size=-2000000")
    else:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET work_mem = '256MB'")


def _derive(now):
    """What the product keeps with each contact of its timeline, by its own statement."""
    from integrations.activity.models import Contact
    from integrations.sync.reconcile.project import refresh_derived

    began = time.monotonic()
    for some in batched(Contact.objects.values_list("pk", flat=True).order_by("pk"), 500):
        refresh_derived(some, datetime.fromtimestamp(now, UTC))
    print(f"{time.monotonic() - began:6.0f} s  what contacts derive", file=sys.stderr)


def _settle(cursor, vendor):
    """As it is some time later: the server's own housekeeping comes by without being asked."""
    if vendor == "postgresql":
        _execute(cursor, "VACUUM (ANALYZE)")


if __name__ == "__main__":
    main()
