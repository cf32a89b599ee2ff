"""The world that every address is tried in, connected to a sandbox of its own."""

import pytest
from django.core.cache import cache

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


@pytest.fixture
def world(request, db):
    made = worlds.build(request, request.getfixturevalue("ghl"))
    cache.clear()
    return made
