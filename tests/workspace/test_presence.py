"""Who is at work: noted once a minute, and seen by the workspaces that the person has rights on."""

from datetime import timedelta

import pytest

from integrations.workspace import presence
from integrations.workspace.models import User


@pytest.fixture
def seen(now):
    """Say when a person was last here; they signed in long ago."""

    def _seen(person, ago):
        User.objects.filter(pk=person.pk).update(last_active_at=now - ago, last_login=now - timedelta(days=3))
        person.refresh_from_db()

    return _seen


def test_a_member_counts_for_five_minutes(workspace, alice, seen, now):
    seen(alice, timedelta(minutes=4, seconds=59))
    assert presence.is_anyone_active(workspace.pk, now)

    seen(alice, timedelta(minutes=5))
    assert not presence.is_anyone_active(workspace.pk, now)


def test_an_installation_admin_counts_everywhere_and_a_stranger_nowhere(
    workspace, other_workspace, staff, mallory, seen, now
):
    seen(mallory, timedelta())
    assert not presence.is_anyone_active(workspace.pk, now)
    assert presence.is_anyone_active(other_workspace.pk, now)

    seen(staff, timedelta())
    assert presence.is_anyone_active(workspace.pk, now)


def test_whoever_was_shut_out_is_not_at_work(workspace, alice, seen, now):
    seen(alice, timedelta())
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert not presence.is_anyone_active(workspace.pk, now)


def test_signing_in_counts_as_well(workspace, alice, now):
    User.objects.filter(pk=alice.pk).update(last_login=now)

    assert presence.is_anyone_active(workspace.pk, now)


def test_a_person_is_noted_once_a_minute(alice, seen, now, django_assert_num_queries):
    seen(alice, timedelta(seconds=59))
    with django_assert_num_queries(0):
        presence.note(alice, now)

    seen(alice, timedelta(seconds=61))
    with django_assert_num_queries(1):
        presence.note(alice, now)
    alice.refresh_from_db()
    assert alice.last_active_at == now


def test_two_tabs_note_it_once(alice, seen, now):
    seen(alice, timedelta(minutes=2))
    other = User.objects.get(pk=alice.pk)

    presence.note(alice, now)
    presence.note(other, now + timedelta(seconds=1))

    alice.refresh_from_db()
    assert alice.last_active_at == now
