"""Signs and posts events in their order from one background thread; on request some are lost, late or altered."""

import json
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from queue import Empty, Queue
from random import Random
from threading import Thread

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from integrations.sandbox.records import Json

KINDS = ("drop", "duplicate", "reorder", "delay", "tamper", "legacy", "unsigned", "nested")
_ENVELOPE = ("type", "locationId", "companyId", "appId", "timestamp", "webhookId")
_QUEUE_SIZE = 10_000  # beyond that events are dropped, which the vendor does as well
_OVERTAKEN_SECONDS = 1.0  # a reordered event waits for the next one, and no longer than this
_POLL_SECONDS = 0.05


@dataclass(slots=True)
class Mischief:
    """What happens to the next event, several kinds at once; a draw follows from the seed and its number alone."""

    seed: int
    shares: dict[str, float] = field(default_factory=dict)
    events: int = 0
    scripted: deque[frozenset[str]] = field(default_factory=deque)

    def draw(self) -> frozenset[str]:
        self.events += 1
        if self.scripted:
            return self.scripted.popleft()
        chance = Random(f"{self.seed}:webhook:{self.events}")
        return frozenset(kind for kind in KINDS if chance.random() < self.shares.get(kind, 0.0))

    def script(self, entries: Iterable[str]) -> None:
        """The next events: `ok`, a kind, or several joined by +."""
        for entry in entries:
            kinds = frozenset(entry.split("+")) - {"ok"}
            self.scripted.append(_known(kinds))


def parse_mischief(spec: str) -> dict[str, float]:
    """`duplicate=0.2,drop=0.1` as shares of all events, each drawn for itself. ValueError for anything else."""
    pairs = (part.partition("=") for part in spec.split(",") if part.strip())
    shares = {kind.strip(): float(share) for kind, _, share in pairs}
    _known(frozenset(shares))
    if any(not 0 <= share <= 1 for share in shares.values()):
        raise ValueError("Each probability must lie between 0 and 1.")
    return shares


def _known(kinds: frozenset[str]) -> frozenset[str]:
    if unknown := kinds - set(KINDS):
        raise ValueError(f"Unknown for webhooks: {', '.join(sorted(unknown))}; use {', '.join(KINDS)}.")
    return kinds


@dataclass(frozen=True, slots=True, eq=False)
class _Letter:
    event: Json
    kinds: frozenset[str]
    due: float = 0.0


class Posting:
    """Nothing is posted without a URL. A delivery is tried once: nothing promises more."""

    def __init__(self, url: str, seed: int, shares: dict[str, float]) -> None:
        self.url, self.delay_seconds = url, 2.0
        self.mischief = Mischief(seed, shares)
        # From the seed, so that a test can sign as this sandbox does; the legacy key is one of its own.
        secret = sha256(f"sandbox webhook key {seed}".encode()).digest()
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self._queue: Queue[_Letter] = Queue(_QUEUE_SIZE)
        self.reset()
        Thread(target=self._work, name="webhooks", daemon=True).start()

    def reset(self) -> None:
        self._counts: Counter[str] = Counter()
        self._answers: Counter[str] = Counter()

    @property
    def public_key(self) -> str:
        return _der(self._key.public_key())

    @property
    def legacy_public_key(self) -> str:
        return _der(self._legacy_key.public_key())

    @cached_property
    def _legacy_key(self) -> RSAPrivateKey:
        # Made when first asked for: it takes longer than everything else at the start.
        return generate_private_key(65537, 2048)

    def report(self) -> Json:
        """Counts since the last reset; `waiting` events are not posted yet."""
        return {
            **{name: self._counts[name] for name in ("events", "sent", "unreachable", "overflowed", *KINDS)},
            "answers": dict(self._answers),
            "waiting": self._queue.unfinished_tasks,
        }

    def put(self, event: Json) -> None:
        """Hand an event over. Hold the world's lock: what happens to it depends on its number."""
        if not self.url:
            return
        kinds = self.mischief.draw()
        # The API must never wait for a receiver.
        if self._queue.full():
            self._counts["overflowed"] += 1
            return
        self._counts.update(["events", *kinds])
        if "drop" in kinds:
            return
        wait = self.delay_seconds if "delay" in kinds else _OVERTAKEN_SECONDS if "reorder" in kinds else 0.0
        self._queue.put(_Letter(event, kinds, time.monotonic() + wait if wait else 0.0))

    def _work(self) -> None:
        held: list[_Letter] = []
        while True:
            letter = self._next(held)
            if letter is not None and letter.due:
                held.append(letter)
                letter = None
            if letter is not None:
                self._deliver(letter)
            for late in [one for one in held if _is_over(one, overtaken=letter is not None)]:
                held.remove(late)
                self._deliver(late)

    def _next(self, held: list[_Letter]) -> _Letter | None:
        try:
            return self._queue.get(timeout=_POLL_SECONDS if held else None)
        except Empty:
            return None

    def _deliver(self, letter: _Letter) -> None:
        body, headers = self._signed(letter)
        for _ in range(2 if "duplicate" in letter.kinds else 1):
            self._post(body, headers, may_fail=bool(letter.kinds & {"tamper", "unsigned", "legacy"}))
        self._queue.task_done()

    def _signed(self, letter: _Letter) -> tuple[bytes, dict[str, str]]:
        """The bytes and their headers; a signature covers the raw bytes, exactly as they are sent."""
        event = letter.event
        if "nested" in letter.kinds:
            data = {key: value for key, value in event.items() if key not in _ENVELOPE}
            event = {key: value for key, value in event.items() if key in _ENVELOPE} | {"data": data}
        body = json.dumps(event).encode()
        if "unsigned" in letter.kinds:
            headers = {"X-GHL-Signature": "N/A"}
        elif "legacy" in letter.kinds:
            raw = self._legacy_key.sign(body, PKCS1v15(), SHA256())
            headers = {"X-WH-Signature": b64encode(raw).decode()}
        else:
            headers = {"X-GHL-Signature": b64encode(self._key.sign(body)).decode()}
        if "tamper" in letter.kinds:
            body = body[:-1] + b', "tampered": true}'
        return body, headers

    def _post(self, body: bytes, headers: dict[str, str], *, may_fail: bool) -> None:
        address, headers = self.url, {"Content-Type": "application/json", **headers}
        try:
            request = urllib.request.Request(address, body, headers)  # noqa: S310 - the operator's own address
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                self._answers[str(answer.status)] += 1
            self._counts["sent"] += 1
            return
        except urllib.error.HTTPError as error:
            self._counts["sent"] += 1
            self._answers[str(error.code)] += 1
            said = str(error)
        # Tried once only: the vendor documents retries in two ways that contradict each other.
        except (OSError, ValueError) as error:
            self._counts["unreachable"] += 1
            said = str(error)
        if not may_fail:
            print(f"A webhook was not taken: {said}", file=sys.stderr)  # noqa: T201 - the log of a process


def _der(key: Ed25519PublicKey | RSAPublicKey) -> str:
    return b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def _is_over(letter: _Letter, *, overtaken: bool) -> bool:
    """Whether a held event may go: another went past it, or its time is over."""
    return letter.due <= time.monotonic() or (overtaken and "delay" not in letter.kinds)
