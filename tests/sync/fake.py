"""A provider in memory: the ports without a network. What it holds is the truth that a sync must reach."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from integrations.activity.kinds import BY_RECORD, NAMED
from integrations.connections.models import Connection
from integrations.connections.pages import ProviderPages
from integrations.connections.ports import Absent, Call, Lane, Outcome, Page, SyncError
from integrations.connections.status import ConnectionStatus
from integrations.ghl.streams import STREAMS

PAGE = 3


class FakeProvider:
    """`holds[stream][id]` is a record; `errors` are raised once each by the matching call, in order."""

    name, short_name = "GoHighLevel", "GHL"
    account = None  # what it says of itself
    streams = STREAMS
    pages = ProviderPages(
        account="a GoHighLevel sub-account",
        account_id="Location",
        welcome="Choose a sub-account.",
        contact_url="https://ghl.example/{account}/{contact}",
        contacts_url="https://ghl.example/{account}/contacts",
        needed={"appointment": "calendars/events.write"},
    )
    receiver = None
    daily_limit = 0  # requests, 0 where nobody knows

    def __init__(self):
        self.holds = defaultdict(dict)
        self.errors = defaultdict(list)  # by (method, stream): exceptions to raise, None to let one pass
        self.lagging = defaultdict(list)  # by stream: removed records that the listing still shows
        self.bad = defaultdict(list)
        self.doubts = {}  # by stream: why the last page is no proof of the end
        self.emails = {}  # by id
        self.slots = {}  # by calendar: moments that can be booked
        self.scopes = ()
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
        return {
            connection.pk: replace(status_of(connection), daily_limit=self.daily_limit, scopes=self.scopes)
            for connection in connections
        }

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
    clock_offset = 0.0

    def __init__(self, provider):
        self.provider = provider
        self.requests = 0
        self.made = []

    def close(self):
        pass

    def email(self, email_id):
        self.called("email", "messages")
        try:
            return self.provider.emails[email_id]
        except KeyError:
            raise Absent("It is not there.") from None

    def free_slots(self, calendar_id, day, zone):
        self.called("free_slots", "appointments")
        offered = self.provider.slots.get(calendar_id, [])
        return [slot for slot in offered if slot.astimezone(ZoneInfo(zone)).date() == day]

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

    def account(self):
        return self.provider.account

    def partitions(self, stream, *, since, now, span, is_whole):
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
        doubt = "" if following or changed_since else self.provider.doubts.get(stream, "")
        return Page(rows[start : start + PAGE], bad, following, len(rows), doubt)

    def of_contact(self, stream, contact_id):
        self.called("of_contact", stream)
        if contact_id not in self.provider.holds["contacts"]:
            raise Absent("It is not there.")
        rows = self.provider.holds[stream].values()
        bad = [one for one in self.provider.bad[stream] if one.contact_remote_id == contact_id]
        return Page([row for row in rows if row.contact_remote_id == contact_id], bad)

    def one(self, stream, remote_id, contact_id):
        self.called("one", stream)
        if self.provider.on_read:
            hook, self.provider.on_read = self.provider.on_read, None
            hook()
        try:
            return self.provider.holds[stream][remote_id]
        except KeyError:
            raise Absent("It is not there.") from None

    def alike(self, stream, contact_id, fields):
        if stream != "contacts":
            return self.of_contact(stream, contact_id).records
        self.called("alike", stream)
        return list(self.provider.holds[stream].values())

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

    def send(self, operation, target, changes, options):
        """Only what is in `changes` is written. `writes` tells of tasks as (id, completed)."""
        stream = f"{target.kind}s"
        self.reader.called("write", stream)
        self.provider.writes.append((target.remote_id, *changes.values()))
        remote_id = self._carry_out(operation.partition(".")[2], self.provider.holds[stream], target, changes)
        if self.provider.on_write:
            self.provider.on_write()
        return remote_id

    def _carry_out(self, act, held, target, changes):
        if act == "create":
            made = new_record(target, changes, f"new{len(held) + 1}")
            held[made.remote_id] = made
            return made.remote_id
        if act == "delete":
            del held[target.remote_id]
        elif act in ("add_tags", "remove_tags"):
            had, wanted = held[target.remote_id].tag_names, changes["tag_names"]
            tags = [*had, *wanted] if act == "add_tags" else [tag for tag in had if tag not in wanted]
            held[target.remote_id] = replace(held[target.remote_id], tags=tuple(tags))
        else:
            held[target.remote_id] = replace(held[target.remote_id], **as_record(changes))
        return ""


def new_record(target, changes, remote_id):
    kind = NAMED[target.kind]
    whose = {"contact_remote_id": target.contact_id} if kind.has_contact else {}
    return kind.record(remote_id=remote_id, **whose, **as_record(changes))


def as_record(changes):
    """Plain values as a record holds them; custom fields are left out."""
    plain = {name: value for name, value in changes.items() if "." not in name}
    moments = {name: datetime.fromisoformat(plain[name]) for name in plain if name.endswith("_at")}
    tags = {"tags": tuple(plain.pop("tag_names"))} if "tag_names" in plain else {}
    return plain | moments | tags


def a_call(operation, outcome=Outcome.OK, ms=120, attempt=1, **fields):
    return Call(operation, datetime.now(UTC), ms, attempt, outcome, Lane.BULK, **fields)


def stream_of(record):
    return BY_RECORD[type(record)].plural
