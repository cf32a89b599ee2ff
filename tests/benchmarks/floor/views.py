"""The floor view: one indexed query, and its fifty rows as plain text."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from integrations.activity.models import ActivityEntry

ROWS = 50


@require_safe
@login_required
def show_floor(request, contact_id):
    """A contact's latest rows, in columns that any timeline has: the floor stays the same when rows grow."""
    entries = ActivityEntry.objects.filter(contact=contact_id).only("occurred_at", "kind", "actor_remote_id")
    return render(request, "floor.html", {"entries": entries.order_by("-occurred_at", "-id")[:ROWS]})
