"""A provider in memory: the ports without a network. What it holds is the truth that a sync must reach."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime

from integrations.activity.kinds.contact import ContactRecord
from integrations.activity.kinds.note import NoteRecord
from integrations.activity.kinds.task import TaskRecord
from integrations.connections.models import Connection
from integrations.connections.pages import ProviderPages
from integrations.connections.ports import Absent, Call, Lane, Outcome, Page, SyncError
from integrations.connections.status import ConnectionStatus
from integrations.ghl.streams import STREAMS

PAGE = 3


class FakeProvider:
    """`holds[stream][id]` is a record; `errors` are raised once each by the matching call, in order."""

    name, short_name = "GoHighLevel", "GHL"
    streams = STREAMS
    pages = ProviderPages(
        account="a GoHighLevel sub-account", account_id="Location", welcome="Choose a sub-account."
    )
    receiver = None

    def __init__(self):
        self.holds = defaultdict(dict)
        self.errors = defaultdict(list)  # by (method, stream): exceptions to raise, None to let one pass
        self.lagging = defaultdict(list)  # by stream: removed records that the listing still shows
        self.bad = defaultdict(list)
        self.calls = []
        self.writes = []
        self.on_write = None
        self.on_read = None

    def add(self, *records):
        for record in records:
            self.holds[stream_of(record)][record.remote_id] = record
        return records[0]

    def remove(self, record):
        del self.holds[stream_of(record)][record.remote_id]

    def fail(self, method, stream, *errors):
        self.errors[method, stream].extend(errors)

    def met(self, method, stream):
        self.calls.append((method, stream))
        waiting = self.errors[method, stream]
        error = waiting.pop(0) if waiting else None
        if error:
            raise error

    @property
    def usable(self):
        """Whether every account here works; setting it changes the connections themselves."""
        return not mine().exclude(state=Connection.State.CONNECTED).exists()

    @usable.setter
    def usable(self, works):
        state = Connection.State.CONNECTED if works else Connection.State.NEEDS_RECONNECT
        mine().update(state=state, reason="" if works else "The sign-in is no longer accepted.")

    @property
    def may_write(self):
        """Whether every account may be written to; setting it changes the connections themselves."""
        return not mine().filter(may_write=False).exists()

    @may_write.setter
    def may_write(self, allowed):
        mine().update(may_write=allowed)

    def reader(self, connection, lane):
        self.met("reader", "")
        return FakeReader(self)

    def writer(self, connection):
        return FakeWriter(self)

    def status(self, connections, *, with_usage=True):
        return {connection.pk: status_of(connection) for connection in connections}

    def withdraw(self, connection):
        return ""

    def wipe(self, connection):
        pass


def mine():
    return Connection.objects.filter(provider="fake")


def status_of(connection):
    state = Connection.State(connection.state)
    usable = state == Connection.State.CONNECTED
    return ConnectionStatus(
        connection_id=str(connection.pk),
        kind="private",
        state=state,
        label=str(state.label),
        is_usable=usable,
        may_write=usable and connection.may_write,
        sign_in="Private token",
        hears_changes=False,
        reason=connection.reason,
    )


class FakeReader:
    def __init__(self, provider):
        self.provider = provider
        self.requests = 0
        self.made = []

    def close(self):
        pass

    def take_calls(self):
        taken, self.made = self.made, []
        return taken

    def called(self, method, stream):
        self.requests += 1
        try:
            self.provider.met(method, stream)
        except SyncError:
            self.made.append(a_call(f"{method}_{stream}", Outcome.TRANSIENT))
            raise
        self.made.append(a_call(f"{method}_{stream}"))

    def partitions(self, stream, *, since, now, span):
        self.provider.met("partitions", stream)
        return [{"half": 0}, {"half": 1}] if stream == "appointments" else [{}]

    def page(self, stream, *, partition, cursor, changed_since):
        self.called("page", stream)
        rows = [*self.provider.holds[stream].values(), *self.provider.lagging[stream]]
        if changed_since:
            rows = [row for row in rows if row.updated_at and row.updated_at >= changed_since]
        if "half" in partition:
            rows = rows[partition["half"] :: 2]
        start = (cursor or {}).get("start", 0)
        following = {"start": start + PAGE} if start + PAGE < len(rows) else None
        bad = self.provider.bad[stream] if start == 0 else []
        return Page(rows[start : start + PAGE], bad, following, len(rows))

    def of_contact(self, stream, contact_id):
        self.called("of_contact", stream)
        if contact_id not in self.provider.holds["contacts"]:
            raise Absent("It is not there.")
        rows = self.provider.holds[stream].values()
        return Page([row for row in rows if row.contact_remote_id == contact_id])

    def one(self, stream, remote_id, contact_id):
        self.called("one", stream)
        if self.provider.on_read:
            hook, self.provider.on_read = self.provider.on_read, None
            hook()
        try:
            return self.provider.holds[stream][remote_id]
        except KeyError:
            raise Absent("It is not there.") from None

    def find(self, stream, remote_id, words):
        self.called("find", stream)
        found = self.provider.holds[stream].get(remote_id)
        if found is None or words.lower() not in found.title.lower():
            raise Absent("It is not there.")
        return found


class FakeWriter:
    def __init__(self, provider):
        self.provider = provider
        self.reader = FakeReader(provider)
        self.take_calls = self.reader.take_calls

    def send(self, operation, target, changes):
        """Only what is in `changes` is written. `writes` tells of tasks as (id, completed)."""
        stream = f"{target.kind}s"
        self.reader.called("write", stream)
        self.provider.writes.append((target.remote_id, *changes.values()))
        held = self.provider.holds[stream][target.remote_id]
        self.provider.holds[stream][target.remote_id] = replace(held, **changes)
        if self.provider.on_write:
            self.provider.on_write()


def a_call(operation, outcome=Outcome.OK, ms=120, attempt=1, **fields):
    return Call(operation, datetime.now(UTC), ms, attempt, outcome, Lane.BULK, **fields)


def stream_of(record):
    kinds = {ContactRecord: "contacts", TaskRecord: "tasks", NoteRecord: "notes"}
    return (
        kinds.get(type(record))
        or {
            "AppointmentRecord": "appointments",
            "BusinessRecord": "businesses",
            "UserRecord": "users",
        }[type(record).__name__]
    )
