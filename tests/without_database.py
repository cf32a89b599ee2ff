"""The tests that use no database of the product, and so say the same on each: `.ci/run` runs them once.

They carry the marker `without_database`, which is checked: such a test fails when it asks for the database, and
the address that it and the processes that it starts find in the environment leads to none.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
PLACES = (
    "sandbox", "contract", "ghl/client", "contacts_ui/formatting",
    "activity/test_folding.py", "activity/test_kinds.py", "activity/test_markup.py", "activity/test_phones.py",
    "config/test_bundles.py", "config/test_contracts.py", "config/test_docs.py",
    "config/test_env_file.py", "config/test_logging.py", "config/test_typeface.py", "config/test_wording.py",
    "ghl/test_mapping.py", "ghl/test_values.py", "ghl/test_windows.py",
    "security/test_addresses.py", "security/test_breaker.py", "security/test_redact.py",
    "sync/test_merge.py", "sync/test_plain_text.py", "sync/test_refresh_plan.py", "sync/test_same.py",
)  # fmt: skip
BUT = ("contacts_ui/formatting/test_far_dates.py", "sandbox/http/test_process.py")
# What pytest-django lets at the database. It refuses any other test.
ASKED = {"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback", "live_server"}
NOWHERE = "postgres://nobody@127.0.0.1:1/nothing"


def mark(item: pytest.Item) -> None:
    """Mark what lies in one of the places."""
    if _lies_in(item, PLACES) and not _lies_in(item, BUT):
        item.add_marker("without_database")


def _lies_in(item: pytest.Item, places: tuple[str, ...]) -> bool:
    # As texts: every process asks this of every test, and comparing paths takes a hundred times as long.
    return f"{item.path}/".startswith(tuple(f"{ROOT}/{place}/" for place in places))


def is_marked(item: pytest.Item) -> bool:
    return item.get_closest_marker("without_database") is not None


def refuse(item: pytest.Item) -> None:
    """Fail a test that asks for the database."""
    if item.get_closest_marker("django_db") or ASKED & set(item.fixturenames):
        pytest.fail("It is marked `without_database`, but asks for the database.", pytrace=False)


def lead_nowhere(patch: pytest.MonkeyPatch) -> None:
    """What the environment says from here on, to this process and to those that it starts."""
    patch.setitem(os.environ, "DATABASE_URL", NOWHERE)
