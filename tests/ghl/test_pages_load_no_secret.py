"""No page loads a stored secret to say how a connection stands: the ids of the keys beside them tell."""

import re

import pytest
from cryptography.fernet import Fernet
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.activity.models import Contact, Task
from integrations.connections.models import Connection
from integrations.ghl.models import Agency, Location, ParkedInstall
from integrations.security import crypto
from integrations.sync import health
from integrations.sync.models import SyncRun
from tests.conftest import a_workspace, home_of, of_ghl

pytestmark = pytest.mark.django_db
SECRETS = re.compile(r'"(?:access_token|refresh_token)"')


@pytest.fixture
def contact():
    place = a_workspace("Cedar North", provider="ghl")
    home, now = home_of(place), timezone.now()
    agency = Agency.objects.create(company_id="company", access_token="a", refresh_token="r")
    of_ghl(home, may_write=True, agency=agency, kind="oauth")
    ParkedInstall.objects.create(user_type="Location", location_id="another", access_token="of-a-test")
    SyncRun.objects.create(connection=home, kind="full", trigger="manual", state="done")
    known = {"workspace": place, "connection": home, "fetched_at": now}
    contact = Contact.objects.create(remote_id="c1", name="Dana", **known)
    Task.objects.create(remote_id="t1", title="Call", contact=contact, **known)
    return contact


def addresses(contact):
    place, task, run = contact.workspace_id, Task.objects.get(), SyncRun.objects.get()
    return [
        "/contacts/",
        f"/contacts/{contact.pk}/",
        f"/contacts/{contact.pk}/live/",
        f"/contacts/{contact.pk}/tasks/{task.pk}/",
        "/connections/",
        f"/connections/{place}/revoke/",
        "/sync/",
        f"/sync/runs/{run.pk}/",
        "/account/appearance/",
        "/integrations/connect/",
        f"/integrations/connect/?workspace={place}",
        f"/integrations/connect/token/?workspace={place}",
    ]


def test_no_statement_of_a_page_names_a_column_with_a_secret(as_staff, contact):
    for address in addresses(contact):
        with CaptureQueriesContext(database) as seen:
            assert as_staff.get(address, HTTP_HX_REQUEST="true").status_code in (200, 302)
            assert as_staff.get(address).status_code in (200, 302)
        assert [query["sql"] for query in seen if SECRETS.search(query["sql"])] == [], address
    with CaptureQueriesContext(database) as seen:
        assert Location.objects.get().access_token
    assert any(SECRETS.search(query["sql"]) for query in seen)  # or the search would prove nothing


def test_the_database_keeps_the_key_of_each_secret_beside_it(contact, settings):
    first = settings.SECRETS_KEYS[0]
    assert Location.objects.sealed().get().access_key == crypto.key_id(first)
    assert Location.objects.sealed().get().refresh_key == ""

    settings.SECRETS_KEYS = [Fernet.generate_key().decode(), first]
    Location.objects.update(access_token="renewed")

    row = Location.objects.sealed().get()
    assert row.access_key == crypto.key_id(settings.SECRETS_KEYS[0])
    assert row.has_keys


def test_a_key_that_is_missing_is_told_by_its_id_alone(contact, settings):
    settings.SECRETS_KEYS = [Fernet.generate_key().decode()]
    with CaptureQueriesContext(database) as seen:
        status = health.connection_status(Connection.objects.get())
    assert status.is_unreadable
    assert not [query for query in seen if SECRETS.search(query["sql"])]


def test_an_id_gives_no_key_away(settings):
    key = settings.SECRETS_KEYS[0]
    assert crypto.key_id(key) not in key
    assert len(crypto.key_id(key)) == crypto.KEY_ID_LENGTH
