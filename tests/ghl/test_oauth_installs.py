"""Agencies with one or several sub-accounts, and installs that arrive without our state."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.urls import reverse
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.ghl import installs
from integrations.ghl.models import Agency, Location, ParkedInstall
from integrations.workspace.models import Workspace
from tests.ghl.conftest import CALLBACK, asked, code_for, decide, start
from tests.ghl.test_oauth_callback import outcome

pytestmark = pytest.mark.django_db


def approve_as_agency(client, *locations, **fields):
    return client.get(decide(start(client, agency="1", **fields), *locations, company=True))


def park(client, code):
    return client.get(CALLBACK, {"code": code})


def test_an_agency_with_one_approved_sub_account_connects_without_asking(as_staff, ghl):
    approve_as_agency(as_staff, ghl.location_id)

    made = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert (made.external_id, made.ghl_location.agency) == (ghl.location_id, Agency.objects.get())
    assert made.ghl_location.access_token != made.ghl_location.agency.access_token
    assert ghl.counts()["by_operation"]["location_token"] == 1


def test_an_agency_with_several_sub_accounts_lists_them_by_name(as_staff, ghl, places):
    answer = approve_as_agency(as_staff, places[0]["id"], places[1]["id"])

    page = as_staff.get(answer["Location"])

    assert not Connection.objects.filter(provider="ghl").exists()
    for place in places:
        assert place["name"] in page.text
        assert f'value="{place["id"]}"' in page.text


def test_the_chosen_sub_accounts_are_connected_and_the_install_is_gone(as_staff, ghl, places):
    page = approve_as_agency(as_staff, places[0]["id"], places[1]["id"])["Location"]

    as_staff.post(page, {"locations": [places[1]["id"]]})
    assert [made.external_id for made in Connection.objects.filter(provider="ghl")] == [places[1]["id"]]
    assert not ParkedInstall.objects.exists()

    page = approve_as_agency(as_staff, places[0]["id"], places[1]["id"])["Location"]
    as_staff.post(page, {"locations": [place["id"] for place in places]})
    assert Workspace.objects.count() == 2


def test_a_sub_account_that_was_not_approved_cannot_be_slipped_in(as_staff, ghl, places):
    page = approve_as_agency(as_staff, places[0]["id"], places[1]["id"])["Location"]

    answer = as_staff.post(page, {"locations": ["someOtherLocation00"]})

    assert answer.status_code == 400
    assert not Connection.objects.filter(provider="ghl").exists()


def test_choosing_none_is_asked_again(as_staff, ghl, places):
    page = approve_as_agency(as_staff, places[0]["id"], places[1]["id"])["Location"]

    assert "Choose at least one" in as_staff.post(page).text


def test_an_agency_sign_in_that_may_not_open_its_sub_accounts_says_so(as_staff, ghl):
    answer = as_staff.get(decide(start(as_staff), ghl.location_id, company=True))

    assert outcome(answer) == "not_connected"
    assert "You signed in as an agency" in answer.text
    assert not Agency.objects.exists()


def test_an_agency_reconnects_the_account_that_was_asked_for(as_staff, ghl, places):
    approve_as_agency(as_staff, ghl.location_id)
    made = Connection.objects.select_related("ghl_location").get(provider="ghl")

    approve_as_agency(as_staff, places[0]["id"], places[1]["id"], workspace=made.workspace_id)
    assert Location.objects.get().access_token != made.ghl_location.access_token

    answer = approve_as_agency(as_staff, places[1]["id"], workspace=made.workspace_id)
    assert outcome(answer) == "other_location"
    assert Connection.objects.filter(provider="ghl").count() == 1


def test_an_install_without_state_is_parked_and_attached_to_nobody(browse, ghl):
    answer = park(browse(), code_for(ghl, ghl.location_id))

    assert outcome(answer) == "parked"
    assert ParkedInstall.objects.get().location_id == ghl.location_id
    assert not Connection.objects.filter(provider="ghl").exists()


def test_an_install_without_state_is_not_attached_to_whoever_is_signed_in(as_staff, ghl):
    assert outcome(park(as_staff, code_for(ghl, ghl.location_id))) == "parked"

    assert not Connection.objects.filter(provider="ghl").exists()


def test_a_parked_install_is_ciphertext_in_the_database(browse, ghl):
    park(browse(), code_for(ghl, ghl.location_id))
    with database.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM ghl_parkedinstall")
        assert all(stored.partition(":")[2].startswith("gAAAA") for stored in cursor.fetchone())


def test_staff_see_a_parked_install_and_claim_it(as_staff, staff, browse, ghl, places):
    park(browse(), code_for(ghl, ghl.location_id))
    parked = ParkedInstall.objects.get()
    page = reverse("ghl:install", args=[parked.pk])
    assert page in as_staff.get("/connections/").text
    assert places[0]["name"] in as_staff.get(page).text

    as_staff.post(page, {"locations": [ghl.location_id]})

    made = Connection.objects.select_related("ghl_location").get(provider="ghl")
    assert (made.ghl_location.access_token, made.installed_by) == (parked.access_token, staff)
    assert made.may_write is False  # writing was not ticked
    assert not ParkedInstall.objects.exists()


def test_only_staff_claim_or_discard(browse, carol, ghl):
    park(browse(), code_for(ghl, ghl.location_id))
    page = reverse("ghl:install", args=[ParkedInstall.objects.get().pk])

    assert browse(carol).get(page).status_code == 403
    assert browse(carol).post(page, {"locations": [ghl.location_id]}).status_code == 403
    assert browse(carol).post(f"{page}discard/").status_code == 403
    assert browse().get(page).status_code == 302  # to the sign-in page
    assert ParkedInstall.objects.exists()


def test_a_discarded_install_is_deleted(as_staff, browse, ghl):
    park(browse(), code_for(ghl, ghl.location_id))

    as_staff.post(reverse("ghl:install-discard", args=[ParkedInstall.objects.get().pk]))

    assert not ParkedInstall.objects.exists()


def test_installing_again_replaces_the_install_that_waits(browse, ghl):
    park(browse(), code_for(ghl, ghl.location_id))
    park(browse(), code_for(ghl, ghl.location_id))

    assert ParkedInstall.objects.count() == 1


def test_an_install_that_nobody_claims_in_a_week_is_forgotten(browse, ghl):
    park(browse(), code_for(ghl, ghl.location_id))
    now = timezone.now()

    assert len(installs.waiting(now + timedelta(days=6))) == 1
    assert installs.waiting(now + timedelta(days=8)) == []
    assert not ParkedInstall.objects.exists()


# A page has it renewed in another thread, which sees nothing of a transaction that is still open.
@pytest.mark.django_db(transaction=True)
def test_an_install_claimed_after_its_token_expired_is_renewed_first(as_staff, browse, ghl):
    park(browse(), code_for(ghl, ghl.location_id))
    ParkedInstall.objects.update(expires_at=timezone.now() - timedelta(days=1))
    parked = ParkedInstall.objects.get()

    as_staff.post(reverse("ghl:install", args=[parked.pk]), {"locations": [ghl.location_id]})

    assert Location.objects.get().access_token != parked.access_token
    assert ghl.counts()["rotations"] == 1


@pytest.mark.django_db(transaction=True)
def test_an_install_that_ghl_took_back_says_so(as_staff, browse, ghl):
    park(browse(), code_for(ghl, ghl.location_id))
    ParkedInstall.objects.update(expires_at=timezone.now() - timedelta(days=1))
    ghl.admin("revoke-refresh")

    answer = as_staff.get(reverse("ghl:install", args=[ParkedInstall.objects.get().pk]))

    assert answer.status_code == 502
    assert "Discard this install" in answer.text


def test_the_code_of_an_install_is_never_shown(browse, ghl):
    code = code_for(ghl, ghl.location_id)

    assert code not in park(browse(), code).text
    assert code not in park(browse(), code).text  # void the second time
    assert asked(f"{CALLBACK}?code={code}")["code"] == code
