"""Four workers send what people wrote, two of them are killed: each write is on the other side exactly once."""

import json
import os
import random

import pytest

from tests.whole.installation import wait_until
from tests.whole.test_worker_kills import kill_at, shell, worker

# A quarter each: notes that are added, tasks that are ticked, contacts that are renamed, contacts that get a tag.
ASK = """
from integrations.activity.models import Contact, Task; from integrations.sync import commands
share = {number} // 4
contacts = list(Contact.objects.order_by("pk").select_related("connection__workspace"))
tasks = list(Task.objects.open().exclude(contact=None).select_related("connection__workspace")[:share])
for number in range(share):
    contact = contacts[number % len(contacts)]
    fields = {{"body": f"Note {{number}}"}}
    commands.create("note.create", contact.connection, fields, contact=contact, actor=None)
    commands.write("contact.add_tags", contact, {{"tag_names": [f"tag {{number}}"]}}, actor=None)
for contact in contacts[:share]:
    commands.write("contact.update", contact, {{"source": f"Asked {{contact.remote_id}}"}}, actor=None)
for task in tasks:
    commands.write("task.complete", task, actor=None, undo_seconds=0)
"""
OPEN = "from integrations.sync.models import Write; print(Write.objects.open().count())"
ENDED = """
import json; from collections import Counter; from integrations.sync.models import Write
unsettled = Write.objects.exclude(state="confirmed").values_list("pk", "operation", "is_unknown")
print(json.dumps([list(unsettled), Counter(Write.objects.values_list("operation", flat=True))]))
"""
MANY = pytest.param(1000, marks=pytest.mark.soak)
pytestmark = pytest.mark.xdist_group("whole")


@pytest.mark.skipif(not os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="several machines")
@pytest.mark.parametrize("number", [100, MANY])
def test_each_write_is_there_exactly_once(install, fresh, number):
    options = ("--contacts", str(number // 4), "--per-contact", "2,1,0", "--rate-limit", "1000000/10/100000000")
    sandbox = fresh(*options)
    installation = install(sandbox)
    installation.connect("--write")
    installation.sync("--full")
    sandbox.admin("reset-counts")
    sandbox.admin("latency", {"range": "20-60"})
    shell(installation, ASK.format(number=number))

    installation.start("-m", "celery", "--quiet", "-A", "config.celery", "beat")
    workers = [worker(installation) for _ in range(4)]
    chance = random.Random(number)
    for victim, share in zip(chance.sample(workers, 2), (0.2, 0.5), strict=True):
        kill_at(int(number * 3 * share), sandbox, victim)
    wait_until(lambda: shell(installation, OPEN) == "0", what="the last write")

    unknown, asked = json.loads(shell(installation, ENDED))
    # Killed between keeping that it leaves and sending it: nobody can tell, so a person asks for it again.
    assert len(unknown) <= 2
    for write, *how in unknown:
        assert how == ["note.create", True]
        installation.command("retry", "--write", str(write), "--json")
    assert sum(asked.values()) >= number * 0.8
    notes = [row["body"] for row in sandbox.state(kinds="note") if row["body"].startswith("Note ")]
    assert sorted(notes) == sorted(f"Note {one}" for one in range(number // 4))
    counts = sandbox.counts()["writes_by_operation"]
    assert counts["create_note"] == asked["note.create"]
    assert counts["complete_task"] == asked["task.complete"]
    tags = [tag for row in sandbox.state(kinds="contact") for tag in row["tags"] if tag.startswith("tag ")]
    assert len(tags) == asked["contact.add_tags"]
