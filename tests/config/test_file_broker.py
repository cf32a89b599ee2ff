"""The embedded broker: messages arrive whole and once, however many read and write at the same moment."""

import threading
from collections import Counter
from queue import Empty

import pytest
from celery.worker import state
from kombu import Connection, Consumer, Queue

MESSAGES = 200


@pytest.fixture
def connect(tmp_path):
    folders = {name: str(tmp_path / "broker") for name in ("data_folder_in", "data_folder_out")}
    (tmp_path / "broker").mkdir()
    options = folders | {"control_folder": str(tmp_path / "control")}
    return lambda: Connection(transport="config.file_broker:Transport", transport_options=options)


@pytest.fixture
def channel_of(connect):
    return lambda: connect().default_channel


def test_readers_at_the_same_moment_get_every_message_whole_and_once(channel_of):
    written, got = threading.Event(), []

    def read():
        channel = channel_of()
        while True:
            is_last_look = written.is_set()
            try:
                got.append(channel._get("people")["number"])
            except Empty:
                if is_last_look:
                    return

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    channel = channel_of()
    for number in range(MESSAGES):
        channel._put("people", {"number": number, "padding": "x" * 5000})
    written.set()
    for reader in readers:
        reader.join()

    assert Counter(got) == Counter(range(MESSAGES))


@pytest.fixture
def heard(connect):
    """(a connection that listens to a queue, what it hears)."""
    connection, said = connect(), []
    consumer = Consumer(connection, Queue("people"), callbacks=[lambda body, _: said.append(body)], no_ack=True)
    with consumer:
        yield connection, said


def test_whoever_waits_hears_of_a_message_that_comes_meanwhile(heard, connect):
    connection, said = heard
    threading.Timer(0.5, lambda: connect().Producer().publish("hello", routing_key="people")).start()

    connection.drain_events(timeout=600)

    assert said == ["hello"]


def test_a_wait_ends_with_its_time(heard):
    with pytest.raises(TimeoutError):
        heard[0].drain_events(timeout=0.3)


def test_a_worker_that_is_to_stop_waits_for_no_more_messages(heard, monkeypatch):
    monkeypatch.setattr(state, "should_stop", 0)

    with pytest.raises(TimeoutError):
        heard[0].drain_events(timeout=1_000_000)
