"""A change on its way to the provider, with everything needed to deliver it exactly once."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from integrations.activity.models import Contact, RemoteObject
from integrations.activity.records import Record
from integrations.connections.models import Connection
from integrations.sync.models.options import Option
from integrations.sync.queue import LeasedQuerySet, LeasedRow
from integrations.workspace.models import AuditEntry


class WriteQuerySet(LeasedQuerySet["Write"]):
    def workable(self) -> "WriteQuerySet":
        """Writes that are not settled yet."""
        return self.open()

    def open(self) -> "WriteQuerySet":
        """Writes that are not settled yet."""
        return self.filter(state__in=Write.OPEN)

    def due(self, now: datetime) -> "WriteQuerySet":
        """Writes whose time has come; of those to one record only the oldest, so that their order is kept."""
        older = Write.objects.open().filter(kind=OuterRef("kind"), target_id=OuterRef("target_id"))
        return super().due(now).exclude(Exists(older.filter(pk__lt=OuterRef("pk"))))

    def failed(self) -> "WriteQuerySet":
        """Writes that did not get through, until somebody retries them or puts them away."""
        return self.filter(state__in=Write.UNSENT)

    def waiting(self) -> "WriteQuerySet":
        """Writes that can still be taken back: nothing of them was ever sent, and nobody is about to."""
        return self.filter(state=Write.State.QUEUED, sent_at=None)

    def unsettled(self) -> "WriteQuerySet":
        """Writes that wait, are on their way, or did not get through and were not put away yet."""
        return self.filter(state__in=(*Write.OPEN, *Write.UNSENT))

    def held_by_outage(self, connection_id: int) -> "WriteQuerySet":
        """Writes of a connection that wait until its provider works again, with the one that tries."""
        return self.open().filter(connection=connection_id, reason__endswith=Write.WORKS_AGAIN)

    def meet_outage(self) -> bool:
        """Whether the provider of this write's connection counts as away: it put off several writes."""
        mine = Write.objects.open().filter(connection__in=self.values("connection"))
        return mine.filter(reason__endswith=Write.WORKS_AGAIN)[: Write.SEVERAL].count() == Write.SEVERAL

    def lock(self) -> list[int]:
        """Take these in the order of their keys, as all do who change several: else two wait for each other.

        Call it in the transaction that changes them. Returns the keys.
        """
        return list(self.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))

    def settle(self, state: str, now: datetime, reason: str = "", detail: str = "", **how: bool) -> int:
        """End writes and what the audit says of them, with the reason where they did not get through.

        Call it in a transaction, which takes them in the order of their keys.
        `how`: what is known of a failure, `can_retry` and `is_unknown`.
        """
        audited = list(self.order_by("pk").select_for_update(no_key=True).values_list("audit", flat=True))
        ended = {"state": state, "settled_at": now, "reason": reason, "detail": detail}
        if settled := self.release(**(ended | how)):
            AuditEntry.objects.filter(pk__in=audited).update(result=state)
        return settled

    def with_targets(self) -> "list[Write]":
        """The writes, each with the cached row that it changes in `target`: one query for each kind among them."""
        found = list(self)
        for kind in {write.kind for write in found}:
            theirs = [write for write in found if write.kind == kind]
            rows: Any = apps.get_model("activity", kind)._default_manager.all()
            held = (rows if kind == "contact" else rows.select_related("contact")).in_bulk(
                [write.target_id for write in theirs]
            )
            for write in theirs:
                write.target = held.get(write.target_id)
        return found

    def with_behind(self) -> "WriteQuerySet":
        """Each with why an earlier one to its record, of which nothing was sent, waits; None where none does."""
        older = Write.objects.waiting().filter(kind=OuterRef("kind"), target_id=OuterRef("target_id"))
        held = older.filter(pk__lt=OuterRef("pk")).exclude(reason="").order_by("pk")
        why: dict[str, Any] = {"behind": Subquery(held.values("reason")[:1])}
        return self.annotate(**why)

    def about(self, target: RemoteObject) -> "WriteQuerySet":
        """Writes that change this very record."""
        return self.filter(kind=target._meta.model_name, target_id=target.pk)


class Write(LeasedRow):
    """One change of one record. Several to the same record are sent one after the other, in their order.

    The target is named by its kind and its key here, since kinds are a table and not a foreign key each;
    `target_id` is empty while there is no such record yet. `remote_id` is what it is called over there.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Pending"
        SENDING = "sending", "Sending"
        CONFIRMED = "confirmed", "Confirmed"
        FAILED = "failed", "Failed"
        CONFLICT = "conflict", "Conflict"
        UNDONE = "undone", "Undone"
        DISMISSED = "dismissed", "Dismissed"

    # About a day: what waits for the provider to work again is tried once a minute.
    MOST_ATTEMPTS = 1500
    # How the reason of what an outage put off ends; after so many such writes the others no longer try.
    WORKS_AGAIN, SEVERAL = "works again.", 3
    OPEN = (State.QUEUED, State.SENDING)
    UNSENT = (State.FAILED, State.CONFLICT)

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="writes", db_index=False)
    operation = models.CharField(max_length=32)
    kind = models.CharField(max_length=32)
    target_id = models.BigIntegerField(null=True)
    remote_id = models.CharField(max_length=128, blank=True)
    # Whose page shows it.
    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    changes = models.JSONField()  # {"is_completed": true}
    base = models.JSONField()  # the same fields as we knew them when the person acted
    options = models.JSONField(default=dict)  # how it is sent, and what was learnt on the way: see `Option`
    # For a new record: the ids of what could be taken for it and was there before; None until somebody has looked.
    known_ids = models.JSONField(null=True)
    form = models.CharField(max_length=64, blank=True)  # one that is sent twice creates once
    batch = models.CharField(max_length=32, blank=True)  # what was asked for many records at once
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField()
    # When the target was last seen, shortly before `not_before`, to be still as in `base`.
    checked_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)  # when the provider first said that it took it
    settled_at = models.DateTimeField(null=True)
    can_retry = models.BooleanField(default=True)  # whether sending the same again may help
    is_unknown = models.BooleanField(default=False)  # failed after it was sent, and may have arrived
    retries = models.PositiveIntegerField(default=0)  # how often a person has asked for the same again
    audit = models.ForeignKey(AuditEntry, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    objects = WriteQuerySet.as_manager()
    target: Any = None  # the cached row itself, where it was loaded by `with_targets`
    behind: str | None = None  # why an earlier one of its record waits, where that was looked up
    beneath: Any = None  # one of whoever looks that still waits before it, where `latest_writes` found one

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["not_before"],
                name="write_due",
                condition=Q(state__in=("queued", "sending")),
            ),
            models.Index(fields=["kind", "target_id", "-id"], name="write_of_target"),
            models.Index(fields=["contact", "-id"], name="write_of_contact"),
            models.Index(fields=["connection", "kind", "remote_id"], name="write_by_remote_id"),
            models.Index(fields=["connection", "state", "settled_at"], name="write_by_state"),
            models.Index(fields=["batch"], name="write_of_batch", condition=~Q(batch="")),
            models.Index(
                fields=["actor", "-id"],
                name="write_unsettled",
                condition=Q(state__in=("queued", "sending", "failed", "conflict")),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["form"], condition=~Q(form=""), name="write_once_per_form"),
        ]

    def __str__(self) -> str:
        return f"Write {self.pk} {self.state}"

    @property
    def status(self) -> str:
        """The state as people and scripts are told it: a failure that may have arrived is unknown."""
        return "unknown" if self.state == Write.State.FAILED and self.is_unknown else str(self.state)

    @property
    def waits_for(self) -> str:
        """Why it waits: what stands in its own way, or in that of an earlier one to the same record."""
        return self.reason or self.behind or ""

    @property
    def is_shown(self) -> bool:
        """Whether it is worth words on the page."""
        return self.state not in (Write.State.UNDONE, Write.State.DISMISSED)

    @property
    def is_held_by_outage(self) -> bool:
        """Whether it waits until the provider works again, or tries whether it does."""
        return self.reason.endswith(Write.WORKS_AGAIN)

    @property
    def unfit(self) -> str:
        """The field that the provider wants chosen anew; "" where it did not fail, or for another reason."""
        return str(self.options.get(Option.UNFIT, "")) if self.state == Write.State.FAILED else ""

    @property
    def is_not_permitted(self) -> bool:
        """Whether it failed because the connection may not do it, which whoever works over there still may."""
        return self.state == Write.State.FAILED and Option.NOT_PERMITTED in self.options

    @property
    def says_who_may_retry(self) -> bool:
        """Whether its reason names who may ask for it again."""
        return self.state == Write.State.FAILED and Option.PERSONAL in self.options

    @property
    def can_undo(self) -> bool:
        """Whether nothing of it was sent yet, and nobody is about to."""
        return self.state == Write.State.QUEUED and self.sent_at is None


def fields_of(source: RemoteObject | Record, names: Iterable[str]) -> dict[str, Any]:
    """The named fields of a cached row or of a record, as JSON holds them: what was stored and what was read
    compare."""
    return {name: plain(_value(source, name)) for name in names}


def _value(source: Any, name: str) -> Any:
    """One custom field is named with its id, and is empty where the contact has none."""
    whole, dot, remote_id = name.partition(".")
    if not dot:
        return getattr(source, name)
    return next((one["value"] for one in getattr(source, whole) if one["id"] == remote_id), "")


def plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return list(value) if isinstance(value, tuple) else value
