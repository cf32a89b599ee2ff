"""The embedded broker: kombu's folder of messages, in which no reader ever meets half a message."""

import os
import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


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
    Channel = Channel
