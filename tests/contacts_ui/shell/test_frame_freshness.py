"""Every page of somebody who signed in says how fresh the data is, never more than was seen, without a query."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.sync.models import SyncSchedule

PAGES = ("/changes/", "/connections/", "/sync/", "/account/appearance/", "/account/2fa/", "/nothing/here/")


def said(answer):
    """(tone, words) of the frame's line; None without one."""
    line = re.search(
        r'<aside class="frame-fresh.*?dot--(\w+)".*?nav__text">(.*?)</span></aside>', answer.content.decode()
    )
    return line and (line[1], " ".join(re.sub(r"<[^>]+>", "", line[2]).split()))


@pytest.mark.parametrize("url", PAGES)
def test_every_page_says_how_old_the_data_is(as_carol, url):
    assert said(as_carol.get(url)) == ("ok", "Synced just now")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"last_synced_at": timedelta(minutes=14)}, ("ok", "Synced 14 min ago")),
        ({"last_synced_at": timedelta(minutes=16)}, ("warn", "Synced 16 min ago")),
        ({"last_synced_at": None}, ("warn", "Not synced yet")),
    ],
)
def test_what_is_older_than_two_syncs_and_a_little_is_not_green(as_alice, changed, expected):
    ages = {name: age and timezone.now() - age for name, age in changed.items()}
    SyncSchedule.objects.update(interval_seconds=300, **ages)
    assert said(as_alice.get("/changes/")) == expected


@pytest.mark.parametrize("state", ["needs_reconnect", "revoked", "uninstalled"])
def test_an_account_that_is_not_connected_is_never_called_fresh(as_alice, state):
    Connection.objects.update(state=state)
    assert said(as_alice.get("/changes/")) == ("warn", "Not connected, synced just now")


def test_of_several_accounts_it_says_how_many_are_current(as_staff, workspace, other_workspace):
    assert said(as_staff.get("/changes/")) == ("ok", "2 of 2 accounts current")
    Connection.objects.filter(workspace=workspace).update(state="needs_reconnect")
    assert said(as_staff.get("/changes/")) == ("warn", "1 of 2 accounts current")


def test_without_an_account_it_says_nothing(as_staff):
    assert said(as_staff.get("/changes/")) is None
