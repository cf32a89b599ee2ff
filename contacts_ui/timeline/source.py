"""Where one item comes from: its own clock, when and by what it was read, and the trail of its writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contacts_ui.components import pending, wished
from contacts_ui.components.field_names import Names
from contacts_ui.shell import access, systems
from contacts_ui.shell.htmx import wants_part
from contacts_ui.shell.http import MemberRequest
from contacts_ui.timeline.context import TimelineContext
from contacts_ui.timeline.items import TimelineItem, item_of
from integrations.activity import lookup
from integrations.activity.kinds import NAMED
from integrations.activity.lookup import Reading
from integrations.activity.models import Contact
from integrations.sync.health import runs, trails
from integrations.sync.health.trails import Event, Write
from integrations.workspace.models import Workspace

AT_MOST = 20
AT_ONCE = timedelta(seconds=5)
TEMPLATE = "contacts_ui/timeline/source.html"


@dataclass(frozen=True, slots=True)
class Step:
    """One write of the trail: who asked for what, and how it stands. `confirmed_at` is when it was read back."""

    write: Write
    who: str
    what: str
    standing: pending.Pending
    confirmed_at: datetime | None


@require_safe
@login_required
def show_source(request: MemberRequest, contact_id: int, name: str) -> HttpResponse:
    """What a row's popover holds; a page of its own without scripts."""
    contact = access.get_contact_or_404(request, contact_id)
    found = lookup.with_reading(contact, name)
    if found is None:
        raise Http404("This item does not exist, or it was deleted.")
    entry, reading = found
    now, system = timezone.now(), systems.short_name_of(contact.connection)
    oversees = access.oversees(request, contact.workspace)
    words = TimelineContext({}, {}, {}, "", system, request.user.pk, oversees, now, has_writes=False)
    item = item_of(entry, words)
    there = systems.contact_url(contact)
    steps = _steps(item, request.user.pk, now, system=system, there=there) if item.source_id else []
    context = {
        "item": item,
        "reading": reading,
        "name": name,
        "link": item.remote_id if item.source_id and item.remote_id else name,
        "contact": contact,
        "system": system,
        "oversees": oversees,
        "run": _run(contact, reading) if oversees else None,
        "steps": steps[:AT_MOST],
        "has_more": len(steps) > AT_MOST,
        "event": _event(contact, item, reading),
        "is_read_back": _is_read_back(reading, steps),
        "now": now,
    }
    return render(request, f"{TEMPLATE}#panel" if wants_part(request) else TEMPLATE, context)


def _steps(item: TimelineItem, viewer: int, now: datetime, **where: str) -> list[Step]:
    found = trails.writes_of(item.kind, item.source_id or 0, at_most=AT_MOST + 1)
    return [_step(write, viewer, now, **where) for write in found]


def _step(write: Write, viewer: int, now: datetime, **where: str) -> Step:
    said = wished.wished(write, Names())
    standing = pending.of(write, now=now, viewer=viewer, **where)  # type: ignore[arg-type]
    is_confirmed = standing.look == "confirmed"
    what = f"{said.verb}: {said.fields}" if said.fields else said.verb
    return Step(write, wished.asker(write, viewer), what, standing, write.settled_at if is_confirmed else None)


def _event(contact: Contact, item: TimelineItem, reading: Reading) -> Event | None:
    if reading.run_id or not item.remote_id or not reading.fetched_at:
        return None
    return trails.event_of(contact.connection_id, NAMED[item.kind].plural, item.remote_id, reading.fetched_at)


def _run(contact: Contact, reading: Reading) -> runs.Run | None:
    """The run that read it, while the log keeps it: an item that stays as it is outlives its run."""
    return runs.find(reading.run_id, Workspace.objects.filter(pk=contact.workspace_id)) if reading.run_id else None


def _is_read_back(reading: Reading, steps: list[Step]) -> bool:
    """Whether it was last read to see what a change from here had come to."""
    confirmed = [step.confirmed_at for step in steps if step.confirmed_at]
    at = reading.fetched_at
    return at is not None and any(abs(one - at) < AT_ONCE for one in confirmed)
