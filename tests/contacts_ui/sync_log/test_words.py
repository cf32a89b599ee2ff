"""How the sync log and a run put times, shares and the state of accounts into words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from contacts_ui.components import run_status
from contacts_ui.formatting import durations
from contacts_ui.sync_log import chart
from contacts_ui.sync_log.verdict import AccountHealth, Losses, verdict
from integrations.sync.models import SyncRun


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0.0 s"), (0.62, "0.6 s"), (9.96, "10 s"), (75, "1 min 15 s"), (120, "2 min"), (4320, "1 h 12 min")],
)
def test_durations_are_as_exact_as_a_reader_can_use(seconds, words):
    assert durations.spelled(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "A few seconds left"), (38, "About 40 s left"), (131, "About 2 min left"), (7000, "About 2 h left")],
)
def test_what_is_left_is_said_like_the_guess_it_is(seconds, words):
    assert durations.left(seconds) == words


def test_the_share_never_claims_more_than_99_before_the_end():
    assert run_status.share_done(SyncRun(requests=130, forecast=100)) == 99
    assert run_status.share_done(SyncRun(requests=1, forecast=None)) is None


def accounts(*kinds: str) -> list[AccountHealth]:
    at = timezone.now() - timedelta(minutes=1)
    return [
        AccountHealth(f"Account {n}", kind, None if kind in ("never", "first") else at)
        for n, kind in enumerate(kinds)
    ]


@pytest.mark.parametrize(
    ("kinds", "tone", "title"),
    [
        (("current",), "ok", "Everything is current."),
        (("current", "off"), "ok", "Everything is current."),
        (("current", "broken"), "warn", "Mostly working. One account needs you."),
        (("current", "broken", "late"), "warn", "Mostly working. Two accounts need you."),
        (("current", "late"), "warn", "Mostly working. One account is late."),
        (("first",), "accent", "The first sync is running."),
        (("never",), "accent", "Nothing has synced yet."),
        (("off",), "warn", "No account is connected."),
        ((), "warn", "No account is connected."),
    ],
)
def test_the_headline_answers_whether_it_works(kinds, tone, title):
    answer = verdict(accounts(*kinds), timezone.localtime())
    assert (answer.tone, answer.title) == (tone, title)


@pytest.mark.parametrize(
    ("losses", "title"),
    [
        (Losses(writes=1), "Up to date, but 1 change didn't save."),
        (Losses(records="1"), "Up to date, but 1 record couldn't be read."),
        (
            Losses(2000, "1,000+"),
            "Up to date, but 2,000 changes didn't save and 1,000+ records couldn't be read.",
        ),
    ],
)
def test_nothing_is_called_current_beside_what_was_lost(losses, title):
    answer = verdict(accounts("current", "off"), timezone.localtime(), losses)
    assert (answer.tone, answer.title) == ("warn", title)


def test_when_nothing_works_the_headline_says_since_when():
    answer = verdict(accounts("broken", "late"), timezone.localtime())
    assert answer.tone == "error"
    assert answer.title.startswith("Nothing has synced since ")


def test_many_accounts_become_a_number():
    assert "5 accounts are current." in verdict(accounts(*["current"] * 5, "late"), timezone.localtime()).text


def test_the_day_has_24_different_hours_also_when_the_clocks_change():
    for night in (datetime(2026, 10, 25, 12, 30), datetime(2026, 3, 29, 12, 30)):
        now = night.replace(tzinfo=ZoneInfo("Europe/London"))
        unit, starts = chart.slots(now, timedelta(days=1))
        assert unit == "hour"
        assert len({start.timestamp() for start in starts}) == 24
        assert starts[-1].timestamp() == now.timestamp() - 1800


def test_a_chart_of_nothing_has_no_peak_and_no_bars():
    empty = chart.chart_of(*chart.slots(timezone.localtime(), timedelta(days=7)), {})
    assert empty.peak is None
    assert "chart__changed" not in empty.svg
