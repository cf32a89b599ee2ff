"""What only the frame says is asked for by pages that have one."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

PART = {"HX-Request": "true"}


@pytest.fixture
def asked(as_alice, workspace, make_contact):
    """Whether a request for a contact's page asks what waits for the person, with these headers."""
    contact = make_contact(workspace)

    def asked(path="", **headers):
        with CaptureQueriesContext(database) as queries:
            answer = as_alice.get(f"/contacts/{contact.pk}/{path}", headers=headers)
        assert answer.status_code == 200
        return any("sync_conflict" in query["sql"] for query in queries)

    return asked


def test_a_page_asks_what_waits_once(asked):
    assert asked()
    assert asked(**PART, **{"HX-History-Restore-Request": "true"})


def test_a_part_of_a_page_does_not(asked):
    assert not asked("?kind=task", **PART)


def test_a_part_that_says_it_does(asked):
    assert asked("live/", **PART, **{"X-Seen": "another"})
