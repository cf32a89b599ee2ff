"""What ends together was asked for alike at that very moment, and each learns of it what the first learnt."""

import pytest
from django.db import transaction
from django.utils import timezone

from integrations.connections.ports import NotPermitted, Unfit
from integrations.sync import commands
from integrations.sync.health.writes import seen_by
from integrations.sync.models import Write
from integrations.sync.push import following, locking
from tests.sync.test_following import complete, dana, move, rename, told  # noqa: F401  two of them fixtures
from tests.sync.test_outbox import deliver

pytestmark = pytest.mark.django_db(transaction=True)
State = Write.State


def test_what_is_to_be_chosen_anew_is_so_for_both(move, alice, bob, remote):  # noqa: F811
    first, second = move(alice), move(bob)
    remote.fail("write", "appointments", Unfit("This time is no longer free.", field="start_at"))
    deliver(first)

    assert (told(first).unfit, told(second).unfit) == ("start_at", "start_at")


def test_what_the_account_may_not_do_is_said_to_both(dana, alice, bob, remote):  # noqa: F811
    first, second = complete(dana, alice), complete(dana, bob)
    remote.fail("write", "tasks", NotPermitted("Not allowed."))
    deliver(first)

    assert told(first).is_not_permitted
    assert told(second).is_not_permitted


def test_what_is_asked_otherwise_at_that_moment_does_not_end_with_it(dana, alice, bob):  # noqa: F811
    first, second = rename(dana, alice, first_name="Dee"), rename(dana, bob, first_name="Dee")
    with transaction.atomic():
        beside = locking.lock_beside(first)
    assert rename(dana, bob, first_name="Di") == second

    with transaction.atomic():
        following.share(first, beside, timezone.now(), state=State.CONFIRMED, reason="", detail="")
    assert told(second).state == State.QUEUED


def test_of_two_of_their_own_a_person_sees_the_latest(dana, alice, erin):  # noqa: F811
    complete(dana, alice)
    commands.write("task.reopen", dana.tasks.get(), actor=erin)
    last = complete(dana, alice)

    assert seen_by(alice.pk, Write.objects.order_by("-pk"))[0] == last
