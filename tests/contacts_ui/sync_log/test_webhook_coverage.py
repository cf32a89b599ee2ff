"""Webhook reliability on the sync log: the week's share, where webhooks are known to arrive."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from contacts_ui.sync_log.webhook_coverage import Day, WebhookCoverage
from integrations.connections import registry
from integrations.sync.models import DriftDay, SyncSchedule
from integrations.workspace.models import Workspace
from tests.conftest import home_of
from tests.sync.fake import FakeProvider

LOG = "/sync/"
TITLE = "Webhook reliability"


class ByOauth(FakeProvider):
    """A provider whose connections came by OAuth, so that webhooks reach them."""

    def status(self, workspace_ids: Any, *, with_usage: bool = True) -> Any:
        return {
            pk: replace(status, kind="oauth", hears_changes=True)
            for pk, status in super().status(workspace_ids).items()
        }


@pytest.fixture
def oauth(remote, settings):
    settings.SYNC_PROVIDERS = {"fake": f"{__name__}.ByOauth"}
    registry.provider.cache_clear()


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def day(workspace, days_ago, announced, unannounced):
    connection = home_of(workspace)
    SyncSchedule.objects.get_or_create(connection=connection)
    at = timezone.localdate(timezone=ZoneInfo(workspace.timezone)) - timedelta(days=days_ago)
    DriftDay.objects.create(connection=connection, day=at, announced=announced, unannounced=unannounced)


def week(*counts):
    return WebhookCoverage(
        tuple(Day(date(2026, 3, 2) + timedelta(days=n), *pair) for n, pair in enumerate(counts))
    )


def test_the_log_shows_the_share_of_the_week_over_all_accounts(as_carol, workspace, oauth):
    day(workspace, 9, 0, 900)
    day(workspace, 2, 480, 20)
    day(workspace, 0, 498, 2)

    page = text(as_carol.get(LOG))

    assert TITLE in page
    assert "97.8%" in page
    assert "978 of 1,000 changes arrived live" in page


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Midway"])
def test_a_day_is_the_account_s_own_wherever_the_reader_is(as_carol, workspace, oauth, zone):
    Workspace.objects.filter(pk=workspace.pk).update(timezone=zone)
    workspace.refresh_from_db()
    day(workspace, 0, 3, 1)
    day(workspace, 6, 5, 1)

    assert "8 of 10 changes" in text(as_carol.get(LOG))


def test_days_before_the_first_webhook_say_nothing(as_carol, workspace, oauth):
    day(workspace, 3, 0, 70)
    day(workspace, 1, 9, 1)

    page = text(as_carol.get(LOG))

    assert "90.0%" in page
    assert "9 of 10 changes" in page


def test_where_no_webhook_ever_arrived_nothing_is_claimed(as_carol, workspace, oauth):
    day(workspace, 1, 0, 70)

    assert TITLE not in text(as_carol.get(LOG))


def test_a_private_token_has_no_webhooks(as_carol, workspace, remote):
    day(workspace, 1, 40, 70)

    assert TITLE not in text(as_carol.get(LOG))


def test_nobody_reads_the_days_of_other_accounts(as_mallory, workspace, other_workspace, oauth):
    day(workspace, 1, 40, 70)

    assert TITLE not in text(as_mallory.get(LOG))


def test_a_hundred_percent_is_only_claimed_when_nothing_was_missed():
    assert week((99_999, 1)).words == "99.9%"
    assert week((100_000, 0)).words == "100%"
    assert week((0, 0)).whole.share is None


def test_the_worst_day_is_named_and_what_became_of_it():
    shown = week((100, 0), (91, 9), (94, 6), (100, 0))

    assert shown.worst_words == "Tuesday fell to 91.0%. The next sync found all 9."
    assert week((100, 0), (10, 1)).worst_words == "Today fell to 90.9%. The next sync found the missing one."
    assert week((960, 40), (100, 0)).worst_words == ""


def test_a_day_without_changes_has_a_bar_that_says_so():
    assert "Monday: no changes" in week((0, 0), (5, 0)).svg
    assert 'class="coverage__low"' in week((90, 10), (5, 0)).svg


def test_webhook_days_cost_the_log_one_query_more(as_carol, workspace, oauth, make_run, django_assert_num_queries):
    for days_ago in range(7):
        day(workspace, days_ago, 90, 10)

    make_run(workspace, contacts={"added": 1})

    with django_assert_num_queries(11):
        as_carol.get(LOG)
