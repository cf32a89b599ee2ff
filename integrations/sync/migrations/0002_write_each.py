"""Who asked for the same as somebody else gets a write of their own, in the place of their key in the other's."""

from typing import Any

from django.db import migrations

ALSO = "also"
OPEN, UNSENT = ("queued", "sending"), ("failed", "conflict")
# What each attempt learns for itself, and what belongs to one person.
AFRESH = {"state": "queued", "lease_owner": "", "lease_until": None, "sent_at": None, "accepted_at": None}
AFRESH |= {"is_unknown": False, "checked_at": None, "settled_at": None, "reason": "", "detail": "", "attempts": 0}
OWN = {"pk": None, "form": "", "batch": "", "audit_id": None}


def write_each(apps: Any, schema_editor: Any) -> None:
    """Failures are copied as they stand; what is under way, or crossed, looks for itself and sends what is left."""
    Write, User = apps.get_model("sync", "Write"), apps.get_model("workspace", "User")
    for write in Write.objects.filter(options__has_key=ALSO).order_by("pk"):
        also = dict.fromkeys(write.options.pop(ALSO))
        write.save(update_fields=["options"])
        there = set(User.objects.filter(pk__in=[one for one in also if one]).values_list("pk", flat=True))
        changes = _left(Write, write) if write.state in (*OPEN, *UNSENT) else {}
        for person in also if changes else ():
            if person is None or person in there:
                _copy(Write, write, person, changes)


def _left(Write: Any, write: Any) -> dict[str, Any]:
    """What nobody has asked to be otherwise since: that comes first by now, and a copy would be sent after it."""
    later = Write.objects.filter(kind=write.kind, target_id=write.target_id, pk__gt=write.pk, state__in=OPEN)
    since = {name for changes in later.values_list("changes", flat=True) for name in changes}
    return {name: value for name, value in write.changes.items() if name not in since}


def _copy(Write: Any, write: Any, person: int | None, changes: dict[str, Any]) -> None:
    fields = {field.attname: getattr(write, field.attname) for field in Write._meta.concrete_fields}
    fields |= OWN | {"actor_id": person, "changes": changes}
    fields["base"] = {name: write.base.get(name) for name in changes}
    fields.pop(Write._meta.pk.attname)
    if write.state != "failed":
        insists = {name: value for name, value in write.options.items() if name == "ignores_slots"}
        fields |= AFRESH | {"options": insists}
    Write.objects.create(**fields)


class Migration(migrations.Migration):
    dependencies = [("sync", "0001_two_way"), ("workspace", "0001_initial")]
    operations = [migrations.RunPython(write_each, migrations.RunPython.noop)]
