"""The doorbell: a web process rings after its answer, and whatever rings never stops what it is about."""

import threading

import pytest
from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import ResponseError
from structlog.testing import capture_logs

from integrations.security.breaker import Breaker
from integrations.sync import commands, doorbell


@pytest.fixture
def rung(monkeypatch):
    """(task, number, thread) of each message, in the order in which they were sent."""
    sent = []
    monkeypatch.setattr(
        current_app,
        "send_task",
        lambda task, args, **_: sent.append((task, args[0], threading.current_thread().name)),
    )
    monkeypatch.setattr(doorbell, "_behind", None)
    monkeypatch.setattr(doorbell, "_breaker", Breaker(3.0, clock=lambda: 0.0))  # no while is over
    return sent


def end():
    doorbell._behind.shutdown(wait=True)


def test_a_command_rings_at_once(rung):
    doorbell.ring("fetch", 7)
    assert rung == [("integrations.sync.tasks.fetch", 7, threading.current_thread().name)]


def test_a_web_process_rings_in_order_from_a_thread_of_its_own(rung, monkeypatch):
    answered = threading.Event()
    monkeypatch.setattr(doorbell, "sleep", lambda _: answered.wait())
    doorbell.ring_behind_answers()
    for number in range(3):
        doorbell.ring("fetch", number)
    assert rung == []  # nobody waited for it

    answered.set()
    end()
    assert [number for _, number, _ in rung] == [0, 1, 2]
    assert all(thread.startswith("doorbell") for _, _, thread in rung)


@pytest.mark.django_db(transaction=True)
def test_who_asks_for_a_run_on_a_page_has_a_worker_called_and_a_command_works_by_itself(
    rung, remote, connection, carol
):
    run = commands.sync_now(connection=connection, actor=None)
    assert rung == []

    commands.sync_now(connection=connection, actor=carol)
    assert [(task, number) for task, number, _ in rung] == [("integrations.sync.tasks.advance_run", run.pk)]


def test_what_rings_while_the_process_ends_goes_on_without_it(rung):
    doorbell.ring_behind_answers()
    end()
    doorbell.ring("fetch", 7)
    assert rung == []


@pytest.mark.parametrize("error", [OperationalError("away"), ConnectionError(), ResponseError("out of memory")])
def test_a_broker_that_takes_nothing_is_said_and_stops_nobody(rung, monkeypatch, error):
    asked = []

    def refuse(*_, **__):
        asked.append(1)
        raise error

    monkeypatch.setattr(current_app, "send_task", refuse)
    doorbell.ring_behind_answers()
    with capture_logs() as said:
        doorbell.ring("fetch", 1)
        doorbell.ring("fetch", 2)
        end()
    assert asked == [1]  # the second is not tried for a while
    assert [line["event"] for line in said] == ["broker not reached"]
