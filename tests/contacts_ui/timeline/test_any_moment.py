"""A record of any kind at any moment is drawn, and only meetings and open tasks lie ahead."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.models import ActivityEntry

HAPPENED = ["note", "pinned", "done", "inbound", "outbound", "call", "deal", "won"]
AHEAD = ["task", "appointment", "cancelled", "scheduled"]
SPANS = [-400, -1, -1 / 1440, 1 / 1440, 1 / 24, 2, 400]  # days from now


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace)


def pages(client, contact):
    found = [f"/contacts/{contact.pk}/", f"/contacts/{contact.pk}/live/", "/contacts/"]
    answers = [client.get(address) for address in found]
    assert [answer.status_code for answer in answers] == [200] * 3
    return answers[0].content.decode()


@pytest.fixture
def make(dana, make_note, make_task, make_appointment, make_message, make_deal):
    """One record of a kind by its name, so many days from now."""

    def _make(kind, days):
        at, words = timezone.now() + timedelta(days=days), "Rang back"
        made = {
            "note": lambda: make_note(dana, words, days_ago=-days),
            "pinned": lambda: make_note(dana, words, days_ago=-days, is_pinned=True),
            "task": lambda: make_task(dana, words, due_in=days),
            "done": lambda: make_task(dana, words, due_in=days, is_completed=True, updated_at=at),
            "appointment": lambda: make_appointment(dana, words, starts_in=days, status="confirmed"),
            "cancelled": lambda: make_appointment(dana, words, starts_in=days, status="cancelled"),
            "inbound": lambda: make_message(dana, words, days_ago=-days),
            "outbound": lambda: make_message(dana, words, days_ago=-days, is_inbound=False),
            "call": lambda: make_message(dana, words, days_ago=-days, channel="call", status="no-answer"),
            "scheduled": lambda: make_message(dana, words, days_ago=-days, is_inbound=False, status="scheduled"),
            "deal": lambda: make_deal(dana, words, days_ago=-days),
            "won": lambda: make_deal(dana, words, status="won", status_changed_at=at),
        }
        return made[kind]()

    return _make


@pytest.mark.parametrize("days", SPANS)
@pytest.mark.parametrize("kind", [*HAPPENED, *AHEAD])
def test_a_record_of_any_kind_at_any_moment_is_drawn(as_alice, dana, make, kind, days):
    make(kind, days)

    assert "Rang back" in pages(as_alice, dana)


@pytest.mark.parametrize("days", [60 / 86_400, 1 / 24, 400])
@pytest.mark.parametrize("kind", HAPPENED)
def test_what_has_happened_by_a_clock_that_is_ahead_stands_in_the_past_as_just_now(
    as_alice, dana, make, make_note, kind, days
):
    make_note(dana, "An old call", days_ago=3)
    item = make(kind, days)

    feed = pages(as_alice, dana).partition('id="feed-results"')[2]

    assert "Rang back" in feed.partition("An old call")[0]
    assert 'id="agenda"' not in feed
    assert ActivityEntry.objects.get(source_id=item.pk, remote_id=item.remote_id).occurred_at == item.fetched_at
    listed = as_alice.get("/contacts/").content.decode()
    assert "Appointment" not in listed.partition("Dana Whitlock")[2].partition("</li>")[0]


@pytest.mark.parametrize("kind", AHEAD)
def test_what_is_still_to_come_stands_ahead(as_alice, dana, make, kind):
    make(kind, 2)

    feed = pages(as_alice, dana).partition('id="feed-results"')[2]

    assert 'id="agenda"' in feed
    assert ActivityEntry.objects.get().occurred_at > timezone.now()
