"""A provider whose connections wait for a person, who is told where to reconnect them."""

from dataclasses import replace
from typing import Any

from tests.sync.fake import FakeProvider


class Broken(FakeProvider):
    def status(self, connections: Any, *, with_usage: bool = True) -> Any:
        self.usable = False
        for connection in connections:
            connection.refresh_from_db(fields=["state", "reason"])
        statuses = super().status(connections)
        return {pk: replace(status, reconnect_url="/reconnect/") for pk, status in statuses.items()}
