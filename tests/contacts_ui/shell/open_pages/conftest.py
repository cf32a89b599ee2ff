"""An open contact page as its scripts and forms send requests, and where the answers lead."""

from urllib.parse import parse_qs, urlsplit

import pytest

from contacts_ui.shell import viewer
from integrations.sync.models import SyncRun
from tests.conftest import home_of

SITE = "http://testserver"


@pytest.fixture
def task(workspace, make_contact, make_task):
    return make_task(make_contact(workspace, "Dana Whitlock"), "Send the quote")


@pytest.fixture
def page(task):
    """The contact's page as it stands in the address bar, with its filters."""
    return f"/contacts/{task.contact_id}/?kind=task&q=quote"


@pytest.fixture
def run(workspace):
    return SyncRun.objects.create(connection=home_of(workspace), kind="full", trigger="manual", state="running")


@pytest.fixture
def parts(task, run, workspace):
    """(method, address) of everything that an open page asks for."""
    contact, one = f"/contacts/{task.contact_id}/", f"/contacts/{task.contact_id}/tasks/{task.pk}/"
    gets = [
        "/contacts/?q=dana",
        "/contacts/?cursor=x",
        f"{contact}?kind=note",
        f"{contact}live/",
        f"{one}?seen=open",
    ]
    gets += [f"/sync/runs/{run.pk}/progress/?seen=1", f"/sync/runs/{run.pk}/trail/?seen", "/sync/?before=9"]
    posts = [f"{one}{act}/" for act in ("complete", "reopen", "undo", "hold", "retry", "dismiss")]
    posts += [f"{contact}refresh/", f"/integrations/test/{workspace.pk}/"]
    return [("get", address) for address in gets] + [("post", address) for address in posts]


def headers(page="", *, seen_by=None, site=SITE):
    known = {"HX-Request": "true", "HX-Current-URL": site + page}
    return known | ({"X-Viewer": viewer.key_of(seen_by)} if seen_by else {})


def way_back(answer):
    """(path of the sign-in page, address that it returns to) of an answer that leads there."""
    address = urlsplit(answer.headers.get("HX-Redirect") or answer["Location"])
    return address.path, parse_qs(address.query)["next"][0]
