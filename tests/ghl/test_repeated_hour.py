"""An appointment in the hour that the clocks repeat is the same moment whichever way it is read."""

from datetime import UTC, datetime

import pytest

from integrations.connections.ports import Lane
from integrations.ghl import installs, oauth
from integrations.ghl.provider import GhlProvider
from tests.ghl.conftest import code_for

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "start", [datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)]
)
def test_both_halves_of_the_repeated_hour_are_told_apart(ghl, start):
    connection = installs.settle(oauth.exchange(code_for(ghl, ghl.location_id), redirect_uri=""), actor=None)
    assert connection.workspace.timezone == "America/New_York"
    contact_id = ghl.new_contact()
    fields = {"startTime": start.isoformat(), "endTime": start.replace(minute=45).isoformat()}
    made = ghl.admin(
        "mutate", {"kind": "appointment", "action": "create", "contact_id": contact_id, "fields": fields}
    )
    reader = GhlProvider().reader(connection, Lane.PERSON)

    [listed] = reader.of_contact("appointments", contact_id).records
    alone = reader.one("appointments", made["id"], contact_id)

    assert listed.start_at == alone.start_at == start
