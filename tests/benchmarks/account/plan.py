"""Who gets which activities: a table of every item to be made, with its contact and its time.

Contact 0 has 30,000 items of which 1,200 are open tasks, contact 1 has 10,000, the others 30 each until the end.
"""

from integrations.activity.models import ActivityEntry, Appointment, Contact, Note, Task
from tests.benchmarks.account.clone import FIRST_ID, numbers, patterns

CONTACTS, ITEMS = 100_000, 3_000_000
LARGE, MEDIUM, SMALL = 30_000, 10_000, 30
DAY = 86_400
TWO_YEARS = 730 * DAY
OWNER = (
    f"CASE WHEN n < {LARGE} THEN 0 WHEN n < {LARGE + MEDIUM} THEN 1 ELSE 2 + (n - {LARGE + MEDIUM}) / {SMALL} END"
)
# Of twenty items ten are notes, six tasks, three appointments, one a change.
KIND = (
    "CASE WHEN n % 20 < 10 THEN 'note' WHEN n % 20 < 16 THEN 'task'"
    " WHEN n % 20 < 19 THEN 'appointment' ELSE 'change' END"
)
IS_OPEN = "(n % 20 = 10 AND n / 20 % 5 <> 0)"
FIRST_DONE = 11  # the place within twenty of a task that is done


def statements(now):
    """Tables of patterns by kind, then `item`."""
    contacts = Contact.objects.present().exclude(first_name="").exclude(last_name="")
    yield from patterns("contact_pattern", contacts)
    for name, model in (("note", Note), ("task", Task), ("appointment", Appointment)):
        yield from patterns(f"{name}_pattern", model.objects.present().exclude(contact=None))
    yield from patterns("change_pattern", ActivityEntry.objects.filter(kind="change"))
    count = ITEMS - ActivityEntry.objects.count()
    yield (
        f"CREATE TEMPORARY TABLE item AS {numbers(count)} SELECT n, n + {FIRST_ID} AS id, {KIND} AS kind,"
        f" {FIRST_ID} + {OWNER} AS contact_id, {IS_OPEN} AS is_open, {_moment(now)} AS at FROM number"
    )


def _moment(now):
    """Epoch seconds: open tasks are due around now, a few appointments are still to come, the rest is past."""
    return (
        f"CASE WHEN {IS_OPEN} THEN {now - 10 * DAY} + n * 7919 % {40 * DAY}"
        f" WHEN {KIND} = 'appointment' THEN {now + 20 * DAY} - n * 104729 % {TWO_YEARS}"
        f" ELSE {now - 3600} - n * 104729 % {TWO_YEARS} END"
    )


def pattern_of(kind, count):
    """The join that gives each item of a kind its pattern's id."""
    return f"item AS i JOIN {kind}_pattern AS k ON k.place = i.n * 7 % {count}"
