"""Deals on a contact's page: the open ones in the profile, each on the line, and what changed about them."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.kinds import opportunity
from integrations.sync.models import StreamCursor
from integrations.sync.reconcile import changes


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace)


def page(client, contact, query=""):
    response = client.get(f"/contacts/{contact.pk}/{query}")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def profile(text):
    return text.partition('id="profile"')[2].partition("</section>")[0]


def words(text):
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def entry(text, pk):
    return words(text.partition(f'id="entry-{pk}"')[2].partition(">")[2].partition("</li>")[0])


def test_open_deals_stand_in_the_profile_and_closed_ones_do_not(as_alice, dana, make_deal):
    make_deal(dana, "Roof for clinic 5")
    make_deal(dana, "Care plan", status="won", status_changed_at=timezone.now() - timedelta(days=1))

    shown = words(profile(page(as_alice, dana)))

    assert "Deals 1 open Roof for clinic 5 48,000 Quote sent" in shown
    assert "Care plan" not in shown


def test_a_contact_without_deals_has_no_empty_box_for_them(as_alice, dana):
    assert "Deals" not in profile(page(as_alice, dana))


def test_a_deal_on_the_line_says_stage_pipeline_value_owner_and_state(as_alice, dana, make_deal, make_user):
    priya = make_user(dana.workspace)
    deal = make_deal(dana, owner_remote_id=priya.remote_id)
    pk = dana.entries.get(source_id=deal.pk).pk

    shown = entry(page(as_alice, dana), pk)

    assert shown.startswith("Deal opened · owner Priya Raman")
    assert shown.endswith("Roof for clinic 5 Quote sent, Roofing projects Value 48,000 Open")


@pytest.mark.parametrize(
    ("status", "said"), [("won", "Deal won"), ("lost", "Deal lost"), ("abandoned", "Deal abandoned")]
)
def test_a_closed_deal_says_how_it_ended(as_alice, dana, make_deal, status, said):
    deal = make_deal(dana, status=status, status_changed_at=timezone.now() - timedelta(days=1))

    assert entry(page(as_alice, dana), dana.entries.get(source_id=deal.pk).pk).startswith(said)


def test_a_change_says_which_deal_and_what_it_was_before(as_alice, dana, make_deal):
    deal = make_deal(dana)
    was = {name: getattr(deal, name) for name in (*opportunity.KIND.told, "updated_at")}
    deal.stage_remote_id, deal.stage, deal.value = "s2", "Negotiation", 52000.0
    changes.store_changes(opportunity.KIND, {deal.pk: was}, [deal], timezone.now())

    shown = page(as_alice, dana)

    change = entry(shown, dana.entries.get(source_id=None).pk)
    assert change.startswith("Roof for clinic 5 : 2 fields changed Stage, Value")
    assert "Stage Quote sent Negotiation Value 48,000 52,000" in change


def test_the_chip_counts_deals_and_their_changes_and_a_search_finds_them(as_alice, dana, make_deal, make_note):
    make_deal(dana)
    make_note(dana, "Something else")

    assert re.search(r'id="chip-opportunity".*?__count">1<', page(as_alice, dana))
    assert "Something else" not in page(as_alice, dana, "?q=negotiat").partition('id="feed-results"')[2]
    found = page(as_alice, dana, "?q=clinic").partition('id="feed-results"')[2]
    assert "Roof for clinic 5" in re.sub(r"</?mark>", "", found)


def test_a_refused_scope_is_said_on_the_page_and_nothing_else_is_missing(as_alice, dana, make_note):
    make_note(dana, "Still here")
    StreamCursor.objects.create(
        connection=dana.connection, stream="opportunities", state="refused", reason="No scope."
    )

    shown = page(as_alice, dana)

    assert "<strong>Deals could not be read</strong> No scope. Everything else below is complete." in shown
    assert "Still here" in shown


def test_deals_in_the_profile_cost_no_query(as_alice, dana, make_deal, make_note, django_assert_num_queries):
    make_note(dana)
    as_alice.get(f"/contacts/{dana.pk}/")
    with django_assert_num_queries(8):
        as_alice.get(f"/contacts/{dana.pk}/")
    for number in range(8):
        make_deal(dana, f"Deal {number}")
    with django_assert_num_queries(8):
        as_alice.get(f"/contacts/{dana.pk}/")
