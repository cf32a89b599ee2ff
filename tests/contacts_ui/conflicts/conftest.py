"""Changes of a task that somebody else crossed."""

import pytest
from django.utils import timezone

from integrations.sync.models import Conflict
from integrations.sync.push.commands import new_write
from tests.conftest import home_of


@pytest.fixture
def make_conflict(make_contact, make_task, workspace, alice):
    """One field of a task; `mine`, `theirs` and `base` as JSON holds them."""

    def _make(place=workspace, field="title", mine="Call back", theirs="Write instead", actor=alice, **fields):
        task = make_task(make_contact(place, "Dana Whitlock"), "Call Dana")
        # Each further conflict of the same change stands in `also`.
        also = fields.pop("also", {})
        base = fields.pop("base", "Call Dana")
        write = new_write("task.update", task, {field: mine} | also, state="conflict", not_before=timezone.now())
        write.actor, write.connection = actor, home_of(place)
        write.base[field] = base
        write.save()
        known = {"write": write, "field": field, "base": base, "mine": mine, "theirs": theirs}
        return Conflict.objects.create(**(known | fields))

    return _make
