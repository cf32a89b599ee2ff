"""The whole stand-in: one company, its sub-accounts, tokens, limits, faults and counters."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from integrations.sandbox.crm.lag import Lag
from integrations.sandbox.crm.records import Contact, User
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.http.cues import Cues
from integrations.sandbox.http.errors import forbidden, missing
from integrations.sandbox.http.faults import FaultPlan
from integrations.sandbox.http.limits import RateLimiter
from integrations.sandbox.http.strictness import Strictness
from integrations.sandbox.http.tally import Tally
from integrations.sandbox.oauth.grants import Grants
from integrations.sandbox.oauth.tokens import SCOPES, Token, TokenRegistry
from integrations.sandbox.seed.company import company_id, sub_accounts, users
from integrations.sandbox.seed.ids import hex24, scheme, uuid_like
from integrations.sandbox.seed.moments import epoch_ms
from integrations.sandbox.seed.outline import Shape
from integrations.sandbox.seed.seeder import Seeder
from integrations.sandbox.webhooks.events import Webhooks
from integrations.sandbox.webhooks.sender import Sender

_HOUR = 3600
_LEAN_FROM = 5_000  # larger worlds have about 4.5 items a contact, so that they start within a minute
_SECOND_SHARE = 5  # the second sub-account has a fifth of the contacts


@dataclass(slots=True)
class Options:
    """What the command line can choose; latency is a range in milliseconds."""

    contacts: int = 250
    seed: int = 1
    variant: Literal["A", "B"] = "A"
    today: date | None = None
    per_contact: tuple[int, ...] | None = None
    businesses: int = 40
    rate_limit: RateLimiter = field(default_factory=RateLimiter)
    latency: tuple[float, float] = (0.0, 0.0)
    faults: dict[str, float] = field(default_factory=dict)
    webhook_url: str = ""
    webhook_faults: dict[str, float] = field(default_factory=dict)


class World:
    """Everything that the operations work on. Hold `lock` while reading or changing records."""

    def __init__(self, options: Options, clock: Callable[[], float] = time.time) -> None:
        self.options = options
        # One lock for everything: exact counts matter more here than parallel answers.
        self.lock = threading.RLock()
        self._clock, self.skew_seconds = clock, 0.0
        self.ids = scheme(options.seed, options.variant)
        self.company_id = company_id(self.ids)
        self.users: dict[str, User] = {user.id: user for user in users(self.ids)}
        self.tokens = TokenRegistry()
        self.tally = Tally()
        self.faults = FaultPlan(options.seed, options.faults)
        self.limiter, self.strictness = options.rate_limit, Strictness()
        self.cues, self.lag = Cues(), Lag()
        self.latency = options.latency
        # Longer than usual read timeouts, and adjustable for tests that cannot wait.
        self.slow_seconds, self.hold_seconds = 3.0, 30.0
        self.locations = {store.id: store for store in self._stores()}
        self.client_id = f"{hex24(options.seed, 'app')}-sandbox1"
        self.client_secret = uuid_like(options.seed, "client secret")
        self.grants = Grants()
        self.sender = Sender(options.webhook_url, options.seed, options.webhook_faults)
        self.events = Webhooks(self.sender, self.app_id, self.clock)
        self.private_tokens = {location_id: self._private_token(location_id) for location_id in self.locations}

    def _stores(self) -> list[LocationStore]:
        options, stores = self.options, []
        for sub in sub_accounts(self.ids):
            size = options.contacts if sub.number == 0 else max(1, options.contacts // _SECOND_SHARE)
            shape = Shape(options.per_contact, lean=options.contacts > _LEAN_FROM)
            today, now = self._anchor(sub.zone)
            stores.append(LocationStore(Seeder(self.ids, sub, today, now, size, shape, options.businesses)))
        return stores

    def _anchor(self, zone: ZoneInfo) -> tuple[date, int]:
        """The day that the stories lead up to, and the moment that bounds their past.

        A pinned day counts until 16:00 UTC. Otherwise it is now, cut to the hour: restarts within the hour agree.
        """
        if self.options.today:
            pinned = self.options.today
            return pinned, epoch_ms(datetime(pinned.year, pinned.month, pinned.day, 16, tzinfo=UTC))
        # Cut to the hour: a restart a minute later tells the same stories.
        hour = int(self.clock()) // _HOUR * _HOUR
        return datetime.fromtimestamp(hour, zone).date(), hour * 1000

    def _private_token(self, location_id: str) -> str:
        value = "pit-" + uuid_like(self.options.seed, "pit", location_id)
        # Private tokens have no part in OAuth.
        scopes = set(SCOPES) - {"oauth.readonly", "oauth.write"}
        token = Token(value, "Location", self.company_id, location_id, scopes, private=True)
        return self.tokens.add(token, self.clock()).value

    def clock(self) -> float:
        """Unix time as the vendor's machines have it."""
        return self._clock() + self.skew_seconds

    def now(self) -> int:
        """Epoch milliseconds."""
        return int(self.clock() * 1000)

    @property
    def first(self) -> LocationStore:
        return next(iter(self.locations.values()))

    @property
    def app_id(self) -> str:
        return self.client_id.partition("-")[0]

    @property
    def omits_empty(self) -> bool:
        """Whether answers leave out fields without a value instead of sending null."""
        return self.options.variant == "B"

    def contact(self, store: LocationStore, contact_id: str) -> Contact:
        """A live contact of this sub-account; a 400 when there is none, a 403 when it is another's."""
        contact = store.by_id.get(contact_id)
        if contact is None and any(contact_id in other.by_id for other in self.locations.values()):
            raise forbidden()
        if contact is None or contact.deleted:
            raise missing("Contact", contact_id)
        return contact
