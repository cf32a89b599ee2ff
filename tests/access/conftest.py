"""The world that every address is tried in, connected to a sandbox of its own."""

import pytest
from django.core.cache import cache
from django.db import transaction

from tests.access import world as worlds
from tests.contacts_ui.conftest import (  # noqa: F401  the makers of rows
    make_appointment,
    make_business,
    make_change,
    make_contact,
    make_deal,
    make_message,
    make_note,
    make_run,
    make_running,
    make_task,
)
from tests.ghl.conftest import _own_counts, ghl, ghl_process  # noqa: F401


@pytest.fixture(scope="package")
def built(request, django_db_setup, django_db_blocker, ghl_process):  # noqa: F811
    """Built once: what a test does to its rows is taken back behind it, and no test keeps any."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield worlds.build(request, ghl_process)
        transaction.set_rollback(True)


@pytest.fixture
def world(built, ghl, db):  # noqa: F811
    cache.clear()
    return built
