"""How one change stands that somebody asked for: one of seven looks, its words, what may be pressed. Pure.

A page draws it with `{% include "contacts_ui/components/_pending.html" with pending=... %}`. Its buttons have the
addresses of the change itself, so nothing has to be known of the page around it: they answer with the same part
afresh, and say `write-changed` to whoever listens on the page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from django.urls import reverse

from contacts_ui.components.task_row import UNLOCK, There, failed_again, there_of
from contacts_ui.components.wished import in_words
from integrations.sync.health.fields import editable_of
from integrations.sync.health.writes import Write, WriteState

BY_ADMIN = "An admin can retry this."
# What waits for longer than this is not followed second by second.
SOON = timedelta(seconds=10)
TONES = {
    "waits": "accent",
    "sending": "accent",
    "failed": "error",
    "unknown": "warn",
    "conflict": "warn",
    "confirmed": "ok",
    "over": "muted",
}
ICONS = {
    "waits": "clock",
    "sending": "refresh-cw",
    "failed": "circle-x",
    "unknown": "circle-question-mark",
    "conflict": "git-merge",
    "confirmed": "check-check",
    "over": "undo-2",
}


@dataclass(frozen=True, slots=True)
class Pending:
    """A change as a page shows it.

    `look` is waits, sending, failed, unknown, conflict, confirmed, or over for what was taken back or put away.
    `words` say it in short, `why` is the sentence of what stands in its way, `detail` what was answered. `left`
    counts the whole seconds until it is sent. `there` is where a person may still do it where only the
    connection may not. An address is "" where its act is not offered.
    """

    write: Write
    look: str
    words: str
    why: str = ""
    says_who: bool = False  # whether `why` names who may retry it
    detail: str = ""
    left: int = 0
    is_moving: bool = False  # whether the page should ask again soon
    url: str = ""
    there: There | None = None
    undo_url: str = ""
    hold_url: str = ""
    edit_url: str = ""
    retry_url: str = ""
    dismiss_url: str = ""
    settle_url: str = ""

    @property
    def tone(self) -> str:
        return "warn" if self.look == "waits" and self.why else TONES[self.look]

    @property
    def icon(self) -> str:
        return ICONS[self.look]

    @property
    def is_gone(self) -> bool:
        """Whether what it is about was deleted, so that nothing can be asked for it any more."""
        return self.write.target is not None and bool(self.write.target.deleted_at)

    def not_again(self) -> Pending:
        """The same for somebody who may put it away, but not ask for it once more; it says who may."""
        if not (self.edit_url or self.retry_url):
            return self
        why = self.why if self.says_who else f"{self.why} {BY_ADMIN}"
        return replace(self, why=why, edit_url="", retry_url="")

    @property
    def what(self) -> str:
        """What was pressed, with what it was about."""
        return in_words(self.write)


def of(
    write: Write,
    *,
    now: datetime,
    system: str,
    there: str,
    viewer: int,
    oversees: bool = False,
    lock: str = "",
    refusal: str = "",
) -> Pending:
    """How a change stands. `system` is where it is sent, `there` its own page of the contact.

    Acts are offered to whoever asked for the change (`viewer` is who looks), and to whoever oversees its account.
    `lock` is why nothing can be sent at all, "" where it can; `refusal` is why a click just now came to nothing.
    """
    row = _stand(write, now, system)
    row = replace(row, there=there_of(write, system, there))
    row = replace(row, write=write, url=_url("change", write), detail=write.detail, why=refusal or row.why)
    row = replace(row, says_who=bool(refusal) or write.says_who_may_retry)
    if write.actor_id == viewer or oversees:
        return _with_acts(row, lock)
    return row


def _stand(write: Write, now: datetime, system: str) -> Pending:
    match write.state:
        case WriteState.QUEUED if write.waits_for or write.attempts:
            words = "Trying again" if write.sent_at else "Waiting"
            return Pending(write, "waits", words, write.waits_for, is_moving=write.not_before - now < SOON)
        case WriteState.QUEUED if write.not_before > now:
            left = ceil((write.not_before - now).total_seconds())
            return Pending(write, "waits", f"Sends in {left} s", left=left, is_moving=True)
        case WriteState.QUEUED | WriteState.SENDING:
            return Pending(write, "sending", f"Sending to {system}", is_moving=True)
        case WriteState.CONFLICT:
            return Pending(write, "conflict", "Conflict", write.reason)
        case WriteState.FAILED if write.is_unknown:
            return Pending(write, "unknown", "Unknown", write.reason)
        case WriteState.FAILED:
            why = write.reason or f"Not sent. {system} did not accept it."
            return Pending(write, "failed", failed_again(write) or "Failed", why)
        case WriteState.CONFIRMED:
            return Pending(write, "confirmed", f"Confirmed in {system}", write.reason)
    return Pending(write, "over", "Undone. Nothing was sent." if write.state == WriteState.UNDONE else "Dismissed")


def _with_acts(row: Pending, lock: str) -> Pending:
    write = row.write
    if row.look == "conflict":
        return replace(row, settle_url=settle_url(write))
    if write.can_undo and row.look != "sending":
        hold = _url("change-hold", write) if row.left else ""
        return replace(row, undo_url=_url("change-undo", write), hold_url=hold)
    if row.look not in ("failed", "unknown"):
        return row
    can_send = not lock and not row.is_gone
    return replace(
        row,
        why=f"{row.why} {UNLOCK[lock]}" if lock else row.why,
        edit_url=_url("change-edit", write) if can_send and editable_of(write) else "",
        retry_url=_url("change-retry", write) if can_send and write.can_retry else "",
        dismiss_url=_url("change-dismiss", write),
    )


def settle_url(write: Write) -> str:
    """Where the values of a crossed change are chosen between."""
    return f"{reverse('contacts_ui:conflicts')}#write-{write.pk}"


def _url(name: str, write: Write) -> str:
    return reverse(f"contacts_ui:{name}", args=[write.pk])
