"""Notes, tasks and appointments of everybody, and the timeline rows that show them."""

from integrations.activity.models import ActivityEntry, Appointment, Note, Task
from tests.benchmarks.account.clone import FIRST_ID, clone, moment, table
from tests.benchmarks.account.plan import pattern_of

MODELS = (Note, Task, Appointment, ActivityEntry)
SMALL_AT, TICKS_FROM, TICKS = 5000, 50_000, 200
AT = moment("i.at")
OF_CONTACT = {"contact_id": "i.contact_id", "contact_remote_id": "'contact' || i.contact_id"}


def statements(now):
    yield _items(Note, "note", added_at=AT, is_pinned="(i.n % 1000 = 0)")
    yield _items(Task, "task", due_at=AT, added_at=AT, updated_at=AT, is_completed="NOT i.is_open")
    yield _items(Appointment, "appointment", start_at=AT, end_at=moment("i.at + 1800"))
    for model, kind in ((Note, "note"), (Task, "task"), (Appointment, "appointment")):
        shown = {"source_id": "i.id", "remote_id": f"'{kind}' || i.id", "changed_at": AT}
        if kind == "note":
            shown["type"] = "CASE WHEN i.n % 1000 = 0 THEN 'note.pinned' ELSE 'note.added' END"
        if kind == "task":
            shown |= {
                "type": "CASE WHEN i.is_open THEN 'task.open' ELSE 'task.completed' END",
                "agenda_at": f"CASE WHEN i.is_open THEN {AT} END",
            }
        yield _entries(model, kind, f"kind = '{kind}' AND p.source_id = k.id", **shown)
    yield _entries(ActivityEntry, "change", "id = k.id")


def _items(model, kind, **values):
    source = f"{_patterns(model, kind)} JOIN {table(model)} AS p ON p.id = k.id WHERE i.kind = '{kind}'"
    return clone(model, source, id="i.id", remote_id=f"'{kind}' || i.id", **OF_CONTACT, **values)


def _entries(model, kind, is_pattern, **values):
    source = f"{_patterns(model, kind)} JOIN {table(ActivityEntry)} AS p ON p.{is_pattern} WHERE i.kind = '{kind}'"
    shown = {"contact_id": "i.contact_id", "occurred_at": AT, "is_open": "i.is_open"}
    return clone(ActivityEntry, source, id="i.id", **shown, **values)


def _patterns(model, kind):
    found = (
        ActivityEntry.objects.filter(kind="change", pk__lt=FIRST_ID)
        if model is ActivityEntry
        else model.objects.present().exclude(contact=None).filter(pk__lt=FIRST_ID)
    )
    return pattern_of(kind, found.count())


def facts():
    """Contacts by how much they have, and open tasks of ordinary ones to tick."""
    open_tasks = Task.objects.open().filter(pk__gte=FIRST_ID + TICKS_FROM).order_by("pk")
    return {
        "large": FIRST_ID,
        "medium": FIRST_ID + 1,
        "small": FIRST_ID + SMALL_AT,
        "ticks": [list(pair) for pair in open_tasks.values_list("contact_id", "pk")[:TICKS]],
    }
