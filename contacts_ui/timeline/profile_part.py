"""Draws the profile of a contact by itself: what stands there once something of it was changed or let be."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from contacts_ui.components import freshness
from contacts_ui.components.contact_wishes import wished
from contacts_ui.components.task_row import READ_ONLY, lock_of
from contacts_ui.shell import access
from contacts_ui.shell.http import MemberRequest
from contacts_ui.timeline import profile, refresh_status
from contacts_ui.timeline.lists import MOST_DEALS
from contacts_ui.timeline.page import words_of
from integrations.activity import timeline
from integrations.activity.models import Contact
from integrations.sync import health
from integrations.sync.health.contact_writes import unsettled_of

LOCKED = "This account is connected for reading. An admin can allow writing."
ENDED = "This account is not connected. An admin can connect it again."
DELETED = "This contact was deleted, so nothing can be changed."


def refusal_of(contact: Contact) -> str:
    """Why nothing of the contact can be changed, as a sentence; "" where it can."""
    if contact.deleted_at:
        return DELETED
    lock = lock_of(contact.connection)
    return "" if not lock else LOCKED if lock == READ_ONLY else ENDED


def answer(
    request: MemberRequest, contact: Contact, *, said: str = "", refusal: str = "", status: int = 200
) -> HttpResponse:
    """The profile for a script of the page, else the contact's page; with what became of what was pressed."""
    if not request.htmx:
        if said or refusal:
            (messages.error if refusal else messages.info)(request, refusal or said)
        return redirect("contacts_ui:contact-timeline", contact.pk)
    access.forget(request)
    context = read(request, contact) | {"said": said or refusal, "refusal": refusal, "is_answer": True}
    response = render(request, "contacts_ui/timeline/_profile.html", context, status=status)
    response["X-Part"] = "1"
    return response


def read(request: MemberRequest, contact: Contact) -> dict[str, Any]:
    """What the profile shows. Up to eight queries."""
    now = timezone.now()
    words = words_of(request, contact, now)
    deals = timeline.open_deals(contact, size=MOST_DEALS).read()
    account = freshness.of_one(contact.connection, now)
    return {
        "now": now,
        "contact": contact,
        "profile": profile.read(wished(contact, unsettled_of(contact)), words, request.GET, None, deals.entries),
        "refresh": refresh_status.state_of(contact, account, health.reading_of(contact), now),
        "has_many_accounts": len(access.workspaces(request)) > 1,
        "may_manage": access.manages(request, contact.workspace),
    }
