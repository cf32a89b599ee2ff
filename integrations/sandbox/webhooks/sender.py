"""Signs and posts events in their order from one background thread; on request some are lost, late or altered."""

import json
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from queue import Empty, Queue
from threading import Thread

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from integrations.sandbox.crm.records import Json
from integrations.sandbox.webhooks.faults import KINDS, WebhookFaults

_ENVELOPE = ("type", "locationId", "companyId", "appId", "timestamp", "webhookId")
_QUEUE_SIZE = 10_000  # beyond that events are dropped, which the vendor does as well
_OVERTAKEN_SECONDS = 1.0  # a reordered event waits for the next one, and no longer than this
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class _Delivery:
    event: Json
    kinds: frozenset[str]
    due: float = 0.0


class Sender:
    """Nothing is posted without a URL. A delivery is tried once: nothing promises more."""

    def __init__(self, url: str, seed: int, shares: dict[str, float]) -> None:
        self.url, self.delay_seconds = url, 2.0
        self.faults = WebhookFaults(seed, shares)
        # From the seed, so that a test can sign as this sandbox does; the legacy key is one of its own.
        secret = sha256(f"sandbox webhook key {seed}".encode()).digest()
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self._queue: Queue[_Delivery] = Queue(_QUEUE_SIZE)
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
        kinds = self.faults.draw()
        # The API must never wait for a receiver.
        if self._queue.full():
            self._counts["overflowed"] += 1
            return
        self._counts.update(["events", *kinds])
        if "drop" in kinds:
            return
        wait = self.delay_seconds if "delay" in kinds else _OVERTAKEN_SECONDS if "reorder" in kinds else 0.0
        self._queue.put(_Delivery(event, kinds, time.monotonic() + wait if wait else 0.0))

    def _work(self) -> None:
        held: list[_Delivery] = []
        while True:
            delivery = self._next(held)
            if delivery is not None and delivery.due:
                held.append(delivery)
                delivery = None
            if delivery is not None:
                self._deliver(delivery)
            for late in [one for one in held if _is_over(one, overtaken=delivery is not None)]:
                held.remove(late)
                self._deliver(late)

    def _next(self, held: list[_Delivery]) -> _Delivery | None:
        try:
            return self._queue.get(timeout=_POLL_SECONDS if held else None)
        except Empty:
            return None

    def _deliver(self, delivery: _Delivery) -> None:
        body, headers = self._signed(delivery)
        for _ in range(2 if "duplicate" in delivery.kinds else 1):
            self._post(body, headers, may_fail=bool(delivery.kinds & {"tamper", "unsigned", "legacy"}))
        self._queue.task_done()

    def _signed(self, delivery: _Delivery) -> tuple[bytes, dict[str, str]]:
        """The bytes and their headers; a signature covers the raw bytes, exactly as they are sent."""
        event = delivery.event
        if "nested" in delivery.kinds:
            data = {key: value for key, value in event.items() if key not in _ENVELOPE}
            event = {key: value for key, value in event.items() if key in _ENVELOPE} | {"data": data}
        body = json.dumps(event).encode()
        if "unsigned" in delivery.kinds:
            headers = {"X-GHL-Signature": "N/A"}
        elif "legacy" in delivery.kinds:
            raw = self._legacy_key.sign(body, PKCS1v15(), SHA256())
            headers = {"X-WH-Signature": b64encode(raw).decode()}
        else:
            headers = {"X-GHL-Signature": b64encode(self._key.sign(body)).decode()}
        if "tamper" in delivery.kinds:
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


def _is_over(delivery: _Delivery, *, overtaken: bool) -> bool:
    """Whether a held event may go: another went past it, or its time is over."""
    return delivery.due <= time.monotonic() or (overtaken and "delay" not in delivery.kinds)
