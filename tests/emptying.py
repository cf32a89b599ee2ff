"""Empties the tables that a test has filled and committed, and no others; Django's own flush visits every one."""

import functools
import time
from collections.abc import Callable
from functools import partial

from django.db import IntegrityError, connections, transaction
from django.test import TransactionTestCase

# What migrating writes, the same after every test.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def use() -> None:
    """After every test that commits."""
    TransactionTestCase._fixture_teardown = _after_test


def _after_test(case: TransactionTestCase) -> None:
    for alias in case._databases_names(include_mirrors=False):
        until_nobody_writes(partial(_empty, alias))


def until_nobody_writes(empty: Callable[[], None], *, pause: float = 0.2, tries: int = 100) -> None:
    """A page that a browser has left may still be answered, and what that writes refers to rows that go."""
    for left in reversed(range(tries)):
        try:
            return empty()
        except IntegrityError:
            if not left:
                raise
            time.sleep(pause)
    return None


def _empty(alias: str) -> None:
    with transaction.atomic(alias), connections[alias].cursor() as cursor:
        cursor.execute(_which_are_filled(alias))
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {connections[alias].ops.quote_name(table)}")


@functools.cache
def _which_are_filled(alias: str) -> str:
    """One statement that names the tables with rows. Their keys are compared at the end, whatever goes first."""
    connection = connections[alias]
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - KEPT)
    return " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})" for table in tables
    )
