"""The embedded broker: messages arrive whole and once, however many read and write at the same moment."""

import threading
from collections import Counter
from queue import Empty

import pytest
from kombu import Connection

MESSAGES = 200


@pytest.fixture
def channel_of(tmp_path):
    folders = {name: str(tmp_path / "broker") for name in ("data_folder_in", "data_folder_out")}
    (tmp_path / "broker").mkdir()
    options = folders | {"control_folder": str(tmp_path / "control")}
    return lambda: Connection(transport="config.file_broker:Transport", transport_options=options).default_channel


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
