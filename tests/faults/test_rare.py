"""What happens to an account once in years: another zone, a contact that comes back, a clock that is a day off."""

import pytest

from integrations.activity.models import Appointment, Contact, Note, Task
from integrations.ghl.provider import GhlProvider
from integrations.sync import commands, jobs
from integrations.sync.models import SyncRun
from integrations.workspace.models import Workspace

pytestmark = pytest.mark.django_db(transaction=True)


def opened(contact_id):
    """Somebody opens a contact, and it is read again."""
    Contact.objects.filter(remote_id=contact_id).update(checked_at=None, refresh_asked_at=None)
    commands.refresh_contact(contact=Contact.objects.get(remote_id=contact_id), at_once=True)
    assert jobs.work_until_idle(timeout=60)[1]


def test_a_zone_that_changes_is_read_by_the_next_full_run_and_moves_no_appointment_before(account):
    meeting = Appointment.objects.present().filter(contact__deleted_at=None).first()
    account.sandbox.admin("location", {"timezone": "Europe/London", "name": "Cedarline West"})

    opened(meeting.contact_remote_id)
    assert Appointment.objects.get(pk=meeting.pk).start_at == meeting.start_at

    assert account.sync().state == SyncRun.State.DONE
    assert (Workspace.objects.get().timezone, Workspace.objects.get().name) == ("Europe/London", "Cedarline West")
    assert account.differences() == []


def test_a_meeting_that_is_moved_is_moved_when_its_contact_is_opened_whatever_the_zone(account):
    meeting = Appointment.objects.present().filter(contact__deleted_at=None).first()
    account.sandbox.admin("location", {"timezone": "Europe/London"})
    times = {"startTime": "2026-12-01T10:00:00Z", "endTime": "2026-12-01T10:30:00Z"}
    account.change(
        "appointment",
        "update",
        id=meeting.remote_id,
        contact_id=meeting.contact_remote_id,
        fields=times,
        notify=False,
    )

    opened(meeting.contact_remote_id)

    assert Appointment.objects.get(pk=meeting.pk).start_at.isoformat() == "2026-12-01T10:00:00+00:00"


@pytest.mark.parametrize("zone", [None, "", "Central Standard Time", 7, {"name": "Europe/London"}])
def test_a_zone_that_cannot_be_read_is_said_and_leaves_the_one_before(account, zone):
    before = Workspace.objects.get().timezone
    account.sandbox.admin("location", {"timezone": zone})

    assert account.sync().state == SyncRun.State.DONE

    assert Workspace.objects.get().timezone == before
    warning = GhlProvider().status([account.connection])[account.connection.pk].warning
    assert "no time zone that can be read" in warning
    account.sandbox.admin("location", {"timezone": before})
    account.sync()
    assert not GhlProvider().status([account.connection])[account.connection.pk].warning


def test_a_task_of_nobody_that_is_gone_leaves_and_disturbs_no_run(account):
    task = account.truth("task")[0]
    account.sandbox.admin("corrupt", {"kind": "task", "id": task["id"], "overrides": {"contactId": None}})
    account.sync()
    assert Task.objects.present().get(remote_id=task["id"]).contact is None
    account.sandbox.admin("corrupt", {"kind": "task", "id": task["id"], "overrides": {}})
    account.change("contact", "delete", id=task["contactId"])
    runs = [account.sync(), account.sync()]

    assert {run.state for run in runs} == {SyncRun.State.DONE}
    assert not Task.objects.present().filter(remote_id=task["id"]).exists()


def test_a_contact_that_is_restored_comes_with_everything_of_its_own(account):
    old = account.change(
        "appointment",
        "create",
        contact_id=account.truth("contact")[0]["id"],
        fields={"startTime": "2024-05-04T10:00:00Z", "endTime": "2024-05-04T11:00:00Z"},
    )
    contact_id = account.truth("contact")[0]["id"]
    account.sync()
    notes = Note.objects.present().filter(contact_remote_id=contact_id).count()
    account.change("contact", "delete", id=contact_id)
    account.sync()
    assert not Appointment.objects.present().filter(remote_id=old["id"]).exists()

    account.sandbox.admin("restore", {"contact_id": contact_id})
    run = account.sync(full=False)

    assert run.state == SyncRun.State.DONE
    assert Contact.objects.present().filter(remote_id=contact_id).exists()
    assert Appointment.objects.present().filter(remote_id=old["id"]).exists()
    assert Note.objects.present().filter(contact_remote_id=contact_id).count() == notes


def test_a_contact_of_a_clock_a_day_behind_is_found_by_the_next_full_run_which_says_so(account):
    account.sandbox.admin("clock", {"skew_seconds": -86_400})
    made = account.sandbox.new_contact()

    run = account.sync()

    assert Contact.objects.filter(remote_id=made).exists()
    assert run.state == SyncRun.State.DONE
    assert "24 hours behind this server's" in run.reason


def test_clocks_that_agree_are_not_spoken_of(account):
    assert account.sync().reason == ""
