"""The embedded broker: kombu's folder of messages, in which no reader ever meets half a message."""

import math
import os
import sys
import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps

# How often somebody who waits for messages looks whether it is still worth it.
LOOK_UP_SECONDS = 0.2


class Channel(filesystem.Channel):  # type: ignore[misc]  # kombu has no type information
    """Writes a message beside the folder's messages and then renames it.

    The stock channel opens the file under its final name and writes it afterwards. A reader that comes in between
    takes an empty message, which ends its worker. The rename also makes two readers' race harmless: one gets it.
    """

    def _put(self, queue: str, payload: dict[str, Any], **_: Any) -> None:
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        final = Path(self.data_folder_out) / name
        # Readers look for the ending .msg only.
        draft = final.with_name(f"{name}.draft")
        draft.write_bytes(str_to_bytes(dumps(payload)))
        os.replace(draft, final)


class Transport(filesystem.Transport):  # type: ignore[misc]
    """A worker that is asked to stop waits for no more messages; the stock one does for up to four seconds."""

    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Wait for a message. Raises TimeoutError once the time is over or the worker stops."""
        deadline = math.inf if timeout is None else monotonic() + timeout
        while True:
            try:
                wait = min(LOOK_UP_SECONDS, max(0.0, deadline - monotonic()))
                super().drain_events(connection, timeout=wait)
                return
            except TimeoutError:
                if _is_stopping() or monotonic() >= deadline:
                    raise


def _is_stopping() -> bool:
    """Whether this process is a worker that was asked to stop."""
    # Imported by whoever is a worker; to others that wait here it would be nothing but weight.
    state = sys.modules.get("celery.worker.state")
    return state is not None and state.should_stop is not None
