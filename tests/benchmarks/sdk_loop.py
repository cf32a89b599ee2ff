"""The peer: the official SDK in its plain way, every contact and what hangs on it into SQLite. At most 60 lines.

`python -m tests.benchmarks.sdk_loop URL TOKEN LOCATION FILE` prints what it did as JSON.
"""

import asyncio
import json
import sqlite3
import sys
import time

from highlevel import HighLevel

ROWS = 500  # a transaction


class Store:  # three columns and the payload: less than any real copy keeps
    def __init__(self, path):
        self.database = sqlite3.connect(path)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("CREATE TABLE record (kind, id, contact, payload, PRIMARY KEY (kind, id))")
        self.rows, self.kept = [], 0

    def add(self, kind, contact, items):
        self.rows += [(kind, item["id"], contact, json.dumps(item)) for item in items]
        if len(self.rows) >= ROWS:
            self.flush()

    def flush(self):
        with self.database:
            self.database.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", self.rows)
        self.kept, self.rows = self.kept + len(self.rows), []


async def copy(url, token, location, path):
    HighLevel.BASE_URL = url
    api, store = HighLevel(private_integration_token=token).contacts, Store(path)  # its connections are kept
    began, contacts, requests, after = time.monotonic(), 0, 0, None
    while True:
        body = {"locationId": location, "pageLimit": 500} | ({"searchAfter": after} if after else {})
        page = (await api.search_contacts_advanced(body))["contacts"]
        requests += 1
        for contact in page:
            known = contact["id"]
            store.add("contact", known, [contact])
            store.add("note", known, (await api.get_all_notes(known))["notes"])
            store.add("task", known, (await api.get_all_tasks(known))["tasks"])
            store.add("appointment", known, (await api.get_appointments_for_contact(known))["events"])
            contacts, requests = contacts + 1, requests + 3
        if len(page) < 500:
            break
        after = page[-1]["searchAfter"]
    store.flush()
    told = {"contacts": contacts, "requests": requests, "rows": store.kept, "seconds": time.monotonic() - began}
    print(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(copy(*sys.argv[1:]))
