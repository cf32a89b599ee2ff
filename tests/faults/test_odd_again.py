"""Odd values of every field, read again and again in each of the ways that GHL has: the same stays the same."""

import pytest

from integrations.activity.models import Contact
from integrations.sync import commands, jobs
from tests.whole.installation import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)
# Without a task's `completed`: a listing of all tasks says it in two more words, which count where it is odd.
FIELDS = {
    "contact": "firstName lastName contactName email phone companyName businessId assignedTo source tags "
    "customFields dnd dateAdded dateUpdated firstNameRaw lastNameRaw country",
    "task": "title body dueDate assignedTo dateAdded dateUpdated",
    "note": "title body pinned color userId dateAdded",
    "appointment": "title appointmentStatus status endTime calendarId address notes assignedUserId dateAdded",
    "message": "messageType type direction status subject body attachments meta userId source dateAdded",
    "opportunity": "name pipelineId pipelineStageId status monetaryValue assignedTo source createdAt updatedAt",
}
ODD = ({"a": 1}, None, 7)
ALSO_ODD = ([1], "", True, "null", "x" * 200)


@pytest.fixture
def account(account):
    """With a message and a deal for each contact, read once."""
    for contact in account.truth("contact"):
        account.change("message", "create", contact_id=contact["id"], fields={"body": "Hello"})
        account.change("opportunity", "create", contact_id=contact["id"], fields={"name": "Roof"})
    account.sync()
    return account


def spoil(account, turned, odd):
    """One record for each field; whose are the first and whose the last, where there are few, goes by turns."""
    for kind, keys in FIELDS.items():
        pairs = zip(keys.split()[::turned], account.truth(kind), strict=False)
        for key, record in pairs:
            # In a calendar that is not listed an appointment is read by its contact, too.
            beside = {"calendarId": "unlisted"} if kind == "appointment" else {}
            overrides = beside | {key: odd}
            account.sandbox.admin("corrupt", {"kind": kind, "id": record["id"], "overrides": overrides})


def open_all(account):
    """Every contact is opened, and so read by itself."""
    for contact in Contact.objects.present():
        commands.refresh_contact(contact=contact, at_once=True)
    jobs.work_until_idle(timeout=PATIENCE)


def changed(run):
    counted = {one.stream: (one.added, one.changed, one.removed) for one in run.streams.all()}
    return {stream: counts for stream, counts in counted.items() if any(counts)}


@pytest.mark.parametrize("odd", [*ODD, *(pytest.param(one, marks=pytest.mark.soak) for one in ALSO_ODD)], ids=repr)
@pytest.mark.parametrize("turned", [1, -1])
def test_the_same_odd_records_read_again_change_no_row(account, odd, turned):
    spoil(account, turned, odd)
    account.sync()

    assert changed(account.sync()) == {}
    open_all(account)
    assert changed(account.sync()) == {}


def test_there_are_records_enough_for_every_field(account):
    for kind, keys in FIELDS.items():
        assert len(account.truth(kind)) * 2 >= len(keys.split()), kind
