"""A record of any kind at any moment is drawn, and only meetings and open tasks lie ahead."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.models import Note

SPANS = [-400, -1, -1 / 1440, 1 / 1440, 1 / 24, 2, 400]  # days from now


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace)


def pages(client, contact):
    found = [f"/contacts/{contact.pk}/", f"/contacts/{contact.pk}/live/", "/contacts/"]
    answers = [client.get(address) for address in found]
    assert [answer.status_code for answer in answers] == [200] * 3
    return answers[0].content.decode()


@pytest.mark.parametrize("days", SPANS)
@pytest.mark.parametrize("kind", ["note", "pinned", "task", "done", "appointment", "cancelled"])
def test_a_record_of_any_kind_at_any_moment_is_drawn(
    as_alice, dana, make_note, make_task, make_appointment, kind, days
):
    at = timezone.now() + timedelta(days=days)
    if kind in ("note", "pinned"):
        make_note(dana, "Rang back", days_ago=-days, is_pinned=kind == "pinned")
    elif kind in ("task", "done"):
        make_task(dana, "Rang back", due_in=days, is_completed=kind == "done", updated_at=at)
    else:
        make_appointment(
            dana, "Rang back", starts_in=days, status="cancelled" if kind == "cancelled" else "confirmed"
        )

    assert "Rang back" in pages(as_alice, dana)


@pytest.mark.parametrize("seconds", [60, 3_600])
def test_a_note_of_a_clock_that_is_ahead_stands_in_the_past_as_just_now(as_alice, dana, make_note, seconds):
    make_note(dana, "An old call", days_ago=3)
    make_note(dana, "From ahead", days_ago=-seconds / 86_400)
    shown = pages(as_alice, dana)

    assert "From ahead" in shown.partition("An old call")[0]
    assert 'id="agenda"' not in shown
    listed = as_alice.get("/contacts/").content.decode()
    assert "Appointment" not in listed.partition("Dana Whitlock")[2].partition("</li>")[0]
    assert Note.objects.count() == 2
