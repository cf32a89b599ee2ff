"""A calendar is read in windows that leave no moment out and are as many as the forecast says."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from integrations.ghl.reader import END, FLOOR, windows
from integrations.ghl.streams import STREAMS
from integrations.sync.planner import Sizes, forecast, span

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
sizes = st.sampled_from([100, 20_000])


@given(st.timedeltas(timedelta(0), timedelta(days=9_000)), sizes)
def test_windows_follow_each_other_from_the_first_contact_into_the_future(age, contacts):
    spans = windows(NOW - age, NOW, span(contacts, age), is_whole=False)
    assert (spans[0][0], spans[-1][1]) == (_ms(NOW - age), _ms(END))
    assert all(before[1] == after[0] for before, after in pairwise(spans))


@given(st.timedeltas(timedelta(0), timedelta(days=9_000)), sizes)
def test_of_the_whole_the_first_reaches_back_as_far_as_can_be_and_costs_no_more(age, contacts):
    recent, whole = (windows(NOW - age, NOW, span(contacts, age), is_whole=flag) for flag in (False, True))
    assert whole == [(_ms(FLOOR), recent[0][1]), *recent[1:]]


@given(st.timedeltas(timedelta(seconds=1), timedelta(days=9_000)), sizes)
def test_they_are_as_many_as_the_forecast_says(age, contacts):
    known = Sizes(contacts=contacts, tasks=0, calendars=1, oldest=NOW - age)
    calendars = forecast(known, STREAMS, kind="full", now=NOW) - forecast(
        Sizes(contacts=contacts, tasks=0, calendars=0, oldest=NOW - age), STREAMS, kind="full", now=NOW
    )
    assert len(windows(NOW - age, NOW, span(contacts, age), is_whole=True)) == calendars


def _ms(moment):
    return int(moment.timestamp() * 1000)
