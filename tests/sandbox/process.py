"""Starts a sandbox as its own process and speaks HTTP with it."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests import warm

ROOT = Path(__file__).parents[2]
TODAY = "2026-11-12"
MAIN, CALENDARS, V3 = "2021-07-28", "2021-04-15", "v3"


class Sandbox:
    """One running process, and the calls that tests make most."""

    def __init__(self, process: subprocess.Popen[str], hello: dict[str, str]) -> None:
        self.process, self.hello = process, hello
        self.url, self.location_id, self.pit = hello["url"], hello["location_id"], hello["pit"]
        self._http = requests.Session()

    def call(self, method: str, path: str, *, token: str | None = "", version: str | None = MAIN, **rest: Any):
        """One API call; by default with the private token of the first sub-account."""
        headers = {"Version": version} | rest.pop("headers", {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token or self.pit}"
        return self._http.request(
            method, self.url + path, headers=headers, timeout=300, allow_redirects=False, **rest
        )

    def get(self, path: str, **rest: Any) -> Any:
        """The JSON of a GET that must succeed."""
        answer = self.call("GET", path, **rest)
        assert answer.ok, answer.text
        return answer.json()

    def search(self, **body: Any) -> Any:
        answer = self.call(
            "POST", "/contacts/search", json={"locationId": self.location_id, "pageLimit": 20} | body
        )
        assert answer.ok, answer.text
        return answer.json()

    def search_tasks(self, **body: Any) -> list[Any]:
        answer = self.call("POST", f"/locations/{self.location_id}/tasks/search", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["tasks"]

    def admin(self, name: str, body: dict[str, Any] | None = None) -> Any:
        answer = self._http.post(f"{self.url}/_admin/{name}", json=body or {}, timeout=300)
        assert answer.ok, answer.text
        return answer.json()

    def info(self) -> Any:
        return self._http.get(f"{self.url}/_admin/info", timeout=300).json()

    def counts(self) -> Any:
        return self._http.get(f"{self.url}/_admin/counts", timeout=300).json()

    def requests(self, operation: str = "") -> Any:
        """The latest requests, oldest first: operation, ids of the path, moment of arrival in epoch seconds."""
        answer = self._http.get(f"{self.url}/_admin/requests", params={"operation": operation}, timeout=300)
        return answer.json()["requests"]

    def writes(self, operation: str = "") -> Any:
        """The writes that were done, in their order: operation, touched ids, keys of the body, moment."""
        answer = self._http.get(f"{self.url}/_admin/writes", params={"operation": operation}, timeout=300)
        return answer.json()["writes"]

    def state(self, **query: str) -> list[Any]:
        query = {"location_id": self.location_id} | query
        text = self._http.get(f"{self.url}/_admin/state", params=query, timeout=300).text
        return [json.loads(line) for line in text.splitlines()]

    def new_contact(self, **fields: Any) -> str:
        made = self.admin(
            "mutate", {"kind": "contact", "action": "create", "fields": {"firstName": "Nia"} | fields}
        )
        return made["id"]


@contextmanager
def running(*options: str) -> Iterator[Sandbox]:
    """A sandbox with these options, ended politely."""
    command = ["-m", "integrations.sandbox", "--port", "0", "--today", TODAY, *options]
    with warm.Process(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Sandbox(process, json.loads(process.stdout.readline()))
        finally:
            process.terminate()
            process.wait(timeout=300)
