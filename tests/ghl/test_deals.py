"""Deals as GHL tells them: behind a row or by page, with the names of stages, whichever answer brings them."""

from zoneinfo import ZoneInfo

import pytest

from integrations.connections.ports import Absent, Lane
from integrations.ghl import installs, oauth
from integrations.ghl.deals import Deals, opportunity
from integrations.ghl.provider import GhlProvider
from tests.ghl.conftest import code_for

ROW = {"id": "d1", "contactId": "c1", "pipelineId": "p1", "pipelineStageId": "s1", "monetaryValue": 40}


class Scripted:
    """Answers in their order; remembers the positions that were asked for."""

    def __init__(self, *answers):
        self.answers, self.asked, self.opportunities = list(answers), [], self

    def search(self, _, at, *, contact_id):
        self.asked.append((at.way, at.after, at.page))
        return self.answers.pop(0)

    def pipelines(self, _):
        return [{"id": "p1", "name": "Sales", "stages": [{"id": "s1", "name": "Quote"}, ["odd"]]}, None]


def a_page(start, count=100, **meta):
    return {"opportunities": [ROW | {"id": f"d{start + number}"} for number in range(count)], "meta": meta}


def test_a_listing_goes_on_behind_its_last_row_and_by_number_where_none_is_told():
    client = Scripted(a_page(0, startAfter=17, startAfterId="d99", total=150), a_page(100, 50, total=150))
    page = Deals(client, "loc", ZoneInfo("UTC")).of_contact("c1")
    assert len(page.records) == 150
    assert client.asked == [("behind", None, 1), ("behind", [17, "d99"], 1)]

    client = Scripted(a_page(0, total=150), a_page(100, 50, total=150))
    assert len(Deals(client, "loc", ZoneInfo("UTC")).of_contact("c1").records) == 150
    assert client.asked == [("behind", None, 1), ("page", None, 2)]


def test_a_listing_that_ends_before_its_total_says_so():
    client = Scripted(a_page(0, 50, total=90), a_page(50, 0, total=90), a_page(50, 0, total=90))
    page = Deals(client, "loc", ZoneInfo("UTC")).of_contact("c1")
    assert page.doubt.startswith("GoHighLevel counts 90 and showed")


@pytest.mark.parametrize(
    ("sent", "value"), [(40, 40.0), ("1200.5", 1200.5), (None, None), ("much", None), ({}, None)]
)
def test_an_odd_value_costs_no_record(sent, value):
    assert opportunity(ROW | {"monetaryValue": sent}, ZoneInfo("UTC"), {}).value == value


@pytest.mark.django_db
def test_deals_come_with_the_names_of_stage_and_pipeline_all_of_a_contacts_or_alone(ghl):
    connection = installs.settle(oauth.exchange(code_for(ghl, ghl.location_id), redirect_uri=""), actor=None)
    reader, contact_id = GhlProvider().reader(connection, Lane.PERSON), ghl.new_contact()
    made = {"kind": "opportunity", "action": "create", "contact_id": contact_id}
    ids = [ghl.admin("mutate", made | {"fields": {"name": f"Deal {number}"}})["id"] for number in range(101)]

    listed = reader.of_contact("opportunities", contact_id).records
    alone = reader.one("opportunities", ids[0], contact_id)

    assert {record.remote_id for record in listed} == set(ids)
    assert {(record.pipeline, record.stage) for record in listed} == {("Roofing projects", "New enquiry")}
    assert alone == next(record for record in listed if record.remote_id == ids[0])
    assert len(ghl.requests("list_pipelines")) == 1
    with pytest.raises(Absent):
        reader.one("opportunities", "nobodyHasThisId00000", contact_id)
