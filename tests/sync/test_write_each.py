"""An update from when a second person's wish was kept in the first one's write loses none of them."""

from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from integrations.sync import commands
from integrations.sync.models import Write
from tests.sync.test_outbox import deliver

pytestmark = pytest.mark.django_db(transaction=True)
State = Write.State


@pytest.fixture
def joint(task, alice, bob, carol):
    """A tick of Alice's in the way it was kept, which Bob, a command line and somebody who left wanted as well."""
    gone = carol.pk
    carol.delete()
    write = commands.write("task.complete", task, actor=alice)
    write.options = {"also": [bob.pk, None, gone, bob.pk]}
    write.save()
    return write


def update():
    import_module("integrations.sync.migrations.0002_write_each").write_each(apps, None)


def stand():
    return list(Write.objects.order_by("pk").values_list("state", "actor__email"))


def test_what_waits_is_a_write_of_each_and_is_sent_once(joint, remote):
    update()

    assert stand() == [("queued", "alice@example.com"), ("queued", "bob@example.com"), ("queued", None)]
    assert not Write.objects.filter(options__has_key="also").exists()
    assert deliver(joint) == State.CONFIRMED
    assert {state for state, _ in stand()} == {"confirmed"}
    assert len(remote.writes) == 1


def test_what_failed_is_a_failure_of_each_with_its_reason(joint):
    Write.objects.update(
        state="failed", reason="Refused.", can_retry=False, settled_at=timezone.now(), batch="b1", form="f1"
    )
    update()

    copies = Write.objects.exclude(pk=joint.pk)
    assert set(copies.values_list("state", "reason", "can_retry", "batch", "form")) == {
        ("failed", "Refused.", False, "", "")
    }


@pytest.mark.parametrize("state", ["sending", "conflict"])
def test_what_is_being_sent_or_crossed_is_looked_for_by_each(joint, state):
    Write.objects.update(state=state, lease_owner="worker", lease_until=timezone.now(), sent_at=timezone.now())
    update()

    copies = Write.objects.exclude(pk=joint.pk)
    assert set(copies.values_list("state", "lease_owner", "sent_at")) == {("queued", "", None)}


def test_nothing_comes_back_over_what_was_asked_for_since(joint, task, erin):
    commands.write("task.reopen", task, actor=erin)
    update()

    assert [email for _, email in stand()] == ["alice@example.com", "erin@example.com"]


@pytest.mark.parametrize("state", ["confirmed", "undone", "dismissed"])
def test_what_is_over_stays_one(joint, state):
    Write.objects.update(state=state)
    update()

    assert [email for _, email in stand()] == ["alice@example.com"]
