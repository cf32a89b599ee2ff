"""How old notes become: thirty days of 100,000 contacts, minute by minute, planned by the planner itself.

The model: how often something happens to a contact falls with its rank (Zipf, exponent 1.4), and each day twenty
of the thousand busiest change places with others. A weekday brings about 1,500 signs of life (log-normal, sigma
0.4), between 8 and 18 o'clock, a day of the weekend a tenth. With each a note is written. A third change the
contact, which is then due at once; one in five is seen by nobody, neither by a webhook nor in a listing. All is
read for the first time in the three hours before the first day.
"""

import heapq
import random
from collections import Counter, deque
from datetime import UTC, datetime, timedelta
from itertools import accumulate

CONTACTS, DAYS, LIMIT, PERCENT = 100_000, 30, 200_000, 25
SIGNS, BUSIEST = 1_500, 1_000
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ACTIVE_FOR = 30 * DAY
ACTIVE, QUIET = timedelta(hours=2), 7 * DAY
FIRST = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday


def rows():
    from tests.benchmarks.rows import Row

    usual = Account(seed=7).lived(DAYS)
    share = f"{100 * usual.most_in_a_day() / LIMIT:.1f}%"
    active = f"{usual.most_active:,} of {CONTACTS:,} contacts"
    of_limit = f"<= {PERCENT}%"
    yield Row("hours since the notes of active contacts were read, p95", hours(usual.ages, 0.95), active, "<= 2")
    yield Row("hours from a note of an active contact to its reading, p95", hours(usual.delays, 0.95), must="<= 2")
    yield Row(
        "days since the notes of a quiet contact were read, longest", f"{usual.oldest / DAY:.1f}", must="<= 7"
    )
    yield Row("requests for notes on the busiest day, of the daily limit", share, f"{LIMIT:,}", of_limit)
    flood = Account(seed=7)
    flood.change_all_on = 2
    flood.lived(8)
    share = f"{100 * flood.most_in_a_day() / LIMIT:.1f}%"
    yield Row("the same when all contacts change at once", share, f"{CONTACTS:,} changed", of_limit)
    longest = f"{flood.oldest / DAY:.1f}"
    yield Row("days since the notes of a contact were read, longest, then", longest, "-", "<= 7")


class Account:
    """What a sync knows of each contact: when its notes were read, when something last happened, what is due."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.ranked = self.random.sample(range(CONTACTS), CONTACTS)
        self.weights = list(accumulate(1 / rank**1.4 for rank in range(1, CONTACTS + 1)))
        self.change_all_on = None
        self.read_at = [FIRST - self.random.random() * timedelta(hours=3) for _ in range(CONTACTS)]
        self.active_at, self.lively = {}, deque()
        self.due, self.marked = [], set()
        self.unread = {}  # contact: when notes of it were written that nobody has read
        self.ages, self.delays, self.spent, self.oldest, self.most_active = (
            Counter(),
            Counter(),
            Counter(),
            0 * DAY,
            0,
        )
        for number in range(-DAYS, 0):
            for at, contact in self.signs(FIRST + number * DAY):
                self.enliven(contact, at)
        quiet = [contact for contact in range(CONTACTS) if contact not in self.active_at]
        self.quiet = self.queue(quiet)
        self.active = self.queue(self.active_at)

    def queue(self, contacts):
        return sorted((self.read_at[contact], contact) for contact in contacts)

    def signs(self, day):
        """[(moment, contact)] of what happens on a day."""
        for place in self.random.sample(range(BUSIEST), 20):
            other = self.random.randrange(CONTACTS)
            self.ranked[place], self.ranked[other] = self.ranked[other], self.ranked[place]
        number = SIGNS * self.random.lognormvariate(0, 0.4) * (0.1 if day.weekday() >= 5 else 1)
        moments = sorted(day + timedelta(hours=8 + 10 * self.random.random()) for _ in range(int(number)))
        return list(
            zip(moments, self.random.choices(self.ranked, cum_weights=self.weights, k=len(moments)), strict=True)
        )

    def enliven(self, contact, at):
        self.active_at[contact] = at
        self.lively.append((at, contact))

    def lived(self, days):
        for number in range(days):
            day = FIRST + number * DAY
            waiting = deque(self.signs(day))
            for minute in range(1, 24 * 60 + 1):
                now = day + minute * MINUTE
                while waiting and waiting[0][0] <= now:
                    self.happen(*waiting.popleft())
                if number == self.change_all_on and minute == 9 * 60:
                    for contact in range(CONTACTS):
                        self.change(contact, now)
                self.tick(now)
                if minute % 30 == 0:
                    self.look(now)
        return self

    def happen(self, at, contact):
        """A note is written, and most likely something else tells that somebody was there."""
        self.unread.setdefault(contact, []).append((at, contact in self.active_at))
        seen = self.random.random()
        if seen < 1 / 3:
            self.change(contact, at)
        elif seen < 4 / 5:
            self.touch(contact, at)

    def touch(self, contact, at):
        if contact not in self.active_at:
            heapq.heappush(self.active, (self.read_at[contact], contact))
        self.enliven(contact, at)

    def change(self, contact, at):
        self.touch(contact, at)
        self.mark(contact)

    def mark(self, contact):
        if contact not in self.marked:
            self.marked.add(contact)
            heapq.heappush(self.due, (self.read_at[contact], contact))

    def tick(self, now):
        from integrations.sync import refresh_plan
        from integrations.sync.refresh_plan import Group

        while self.lively and self.lively[0][0] < now - ACTIVE_FOR:
            at, contact = self.lively.popleft()
            if self.active_at.get(contact) == at:
                del self.active_at[contact]
                heapq.heappush(self.quiet, (self.read_at[contact], contact))
        self.most_active = max(self.most_active, len(self.active_at))
        left = LIMIT * PERCENT // 100 - self.spent[(now - MINUTE).date()]
        times = {"last": now - MINUTE, "now": now}
        shares = refresh_plan.plan(
            Group(len(self.active_at), ACTIVE),
            Group(CONTACTS - len(self.active_at), QUIET),
            waiting=len(self.due),
            left=left,
            **times,
        )
        self.pick(self.active, shares.active, lambda contact: contact in self.active_at)
        self.pick(self.quiet, shares.quiet, lambda contact: contact not in self.active_at)
        for _ in range(min(len(self.due), refresh_plan.room_for(left, **times))):
            self.read(heapq.heappop(self.due)[1], now)

    def pick(self, queue, number, belongs):
        """Mark those of a queue that were read longest ago; what was read since, or left the group, drops out."""
        while number and queue:
            at, contact = heapq.heappop(queue)
            if at == self.read_at[contact] and belongs(contact) and contact not in self.marked:
                self.mark(contact)
                number -= 1

    def read(self, contact, now):
        self.oldest = max(self.oldest, now - self.read_at[contact])
        self.read_at[contact] = now
        self.marked.discard(contact)
        self.spent[(now - MINUTE).date()] += 1
        heapq.heappush(self.active if contact in self.active_at else self.quiet, (now, contact))
        for at, was_active in self.unread.pop(contact, ()):
            if was_active:
                self.delays[(now - at) // MINUTE] += 1

    def look(self, now):
        self.ages.update((now - self.read_at[contact]) // MINUTE for contact in self.active_at)
        if now.hour == 0 and now.minute == 0:
            self.oldest = max(self.oldest, now - min(self.read_at))

    def most_in_a_day(self):
        return max(self.spent.values())


def hours(counted, part):
    """The hours below which this part of what was counted in minutes lies."""
    rest = part * sum(counted.values())
    for minutes in sorted(counted):
        rest -= counted[minutes]
        if rest <= 0:
            return f"{(minutes + 1) / 60:.2f}"
    return "-"
