"""Who is at work: a person counts as active for five minutes after the last page that they asked for."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import OperationalError
from django.db.models import Q

from integrations.workspace.models import User
from integrations.workspace.patience import BRIEF, waiting_at_most

ACTIVE = timedelta(minutes=5)
NOTED_EVERY = timedelta(minutes=1)


def note(user: User, now: datetime) -> None:
    """Remember that a signed-in person is here; at most one statement a minute for each."""
    seen = max(filter(None, (user.last_active_at, user.last_login)), default=None)
    if seen is not None and seen > now - NOTED_EVERY:
        return
    stale = Q(last_active_at=None) | Q(last_active_at__lt=now - NOTED_EVERY)
    # No page waits for this: while the database is held by somebody else, the next page notes it.
    with suppress(OperationalError), waiting_at_most(BRIEF):
        User.objects.filter(stale, pk=user.pk).update(last_active_at=now)


def is_anyone_active(workspace_id: int, now: datetime) -> bool:
    """Whether a member of the workspace, or an installation admin, was here in the last five minutes."""
    here = Q(last_active_at__gt=now - ACTIVE) | Q(last_login__gt=now - ACTIVE)
    rights = Q(is_staff=True) | Q(memberships__workspace=workspace_id)
    return User.objects.filter(here, rights, is_active=True).exists()
