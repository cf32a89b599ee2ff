"""Appointments of calendars that are not listed: whose contacts are asked, and what one that is refused means."""

import pytest
from django.utils import timezone

from integrations.activity.kinds.appointment import AppointmentRecord
from integrations.activity.models import Appointment
from integrations.connections.ports import Absent, NotPermitted, Page, Transient
from integrations.ghl import uncovered


def answers(contact_id):
    if contact_id == "gone":
        raise Absent("It is not there.")
    if contact_id == "refused":
        raise NotPermitted("GoHighLevel does not allow this.")
    if contact_id == "away":
        raise Transient("No answer came.")
    return Page([AppointmentRecord(remote_id=f"of {contact_id}", start_at=timezone.now())])


def test_one_contact_that_is_refused_or_gone_stops_nothing():
    page = uncovered.page(answers, ["c1", "gone", "refused", "c2"])

    assert [record.remote_id for record in page.records] == ["of c1", "of c2"]
    assert [(row.contact_remote_id, row.reason) for row in page.bad] == [
        ("refused", "GoHighLevel does not allow this.")
    ]


def test_an_outage_is_about_all_of_them():
    with pytest.raises(Transient):
        uncovered.page(answers, ["c1", "away"])


@pytest.mark.django_db
def test_contacts_are_asked_once_each_and_only_for_calendars_that_are_not_listed(connection):
    for number, (contact, calendar) in enumerate(
        [("c1", "gone"), ("c1", "gone"), ("c2", "listed"), ("c3", ""), ("", "gone")]
    ):
        Appointment.objects.create(
            connection=connection,
            workspace=connection.workspace,
            remote_id=f"a{number}",
            contact_remote_id=contact,
            calendar_remote_id=calendar,
            fetched_at=timezone.now(),
            start_at=timezone.now(),
        )

    assert uncovered.partitions(connection.pk, {"listed"}) == [{"contacts": ["c1", "c3"]}]
