"""A sandbox to connect to, a browser that was signed in, and a person who decides on the consent page."""

import re
import uuid
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client

from integrations.workspace.models import User
from tests.sandbox.process import Sandbox, running

HOST = "127.0.0.1:8000"  # GHL sends nobody back to a host such as "testserver"
CALLBACK = f"http://{HOST}/integrations/oauth/callback/"


@pytest.fixture(scope="session")
def ghl_process():
    with running("--contacts", "5") as started:
        yield started


@pytest.fixture
def ghl(ghl_process, settings) -> Sandbox:
    """The sandbox as this installation's GHL, its knobs back in their places."""
    settings.GHL_API_BASE_URL = ghl_process.url
    settings.GHL_AUTHORIZE_URL = f"{ghl_process.url}/v2/oauth/chooselocation"
    settings.GHL_CLIENT_ID = ghl_process.hello["client_id"]
    settings.GHL_CLIENT_SECRET = ghl_process.hello["client_secret"]
    settings.GHL_VERSION_ID = settings.GHL_CLIENT_ID.partition("-")[0]
    knobs = {"expires_in": 86_399, "grace_seconds": 30, "code_seconds": 600}
    ghl_process.admin("oauth", {**knobs, "location_refresh_tokens": True, "redirect_uris": []})
    ghl_process.admin("faults", {"spec": ""})
    ghl_process.admin("reset-counts")
    return ghl_process


@pytest.fixture(autouse=True)
def _own_counts(settings):
    """Installs are counted in the cache: each test has one of its own, or one would use up another's turns."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": uuid.uuid4().hex}}


@pytest.fixture
def places(ghl) -> list[dict[str, str]]:
    """The sub-accounts of the sandbox: two, of one agency."""
    return ghl.info()["locations"]


@pytest.fixture
def browse() -> Callable[[User | None], Client]:
    """A browser, signed in or not."""

    def _browse(user: User | None = None) -> Client:
        client = Client(HTTP_HOST=HOST)
        if user:
            client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        return client

    return _browse


@pytest.fixture
def as_staff(browse, staff) -> Client:
    return browse(staff)


def start(client: Client, **fields: object) -> str:
    """Press Continue on the connect page; the address of the consent page."""
    answer = client.post("/integrations/connect/", fields)
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def decide(consent_url: str, *locations: str, deny: bool = False, company: bool = False) -> str:
    """What a person does on the consent page; the address that GHL then sends the browser to."""
    parts = urlsplit(consent_url)
    page = requests.get(consent_url, timeout=120)
    assert page.status_code == 200, page.text
    if company:
        switched = parts._replace(query=re.sub("&user_type=[^&]*", "", parts.query) + "&user_type=Company")
        page = requests.get(switched.geturl(), timeout=120)
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
    chosen = [("location_id", location) for location in locations]
    decision = [("decision", "deny" if deny else "approve")]
    answer = requests.post(
        f"{parts.scheme}://{parts.netloc}{parts.path}",
        fields + chosen + decision,
        allow_redirects=False,
        timeout=120,
    )
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def code_for(ghl: Sandbox, *locations: str, company: bool = False, scopes: list[str] | None = None) -> str:
    """A code of an install that began in the marketplace: no state comes with it."""
    body = {"location_ids": list(locations), "company": company, "redirect_uri": CALLBACK}
    made = ghl.admin("code", body | ({"scopes": scopes} if scopes else {}))
    return made["code"]


def asked(consent_url: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(consent_url).query).items()}
