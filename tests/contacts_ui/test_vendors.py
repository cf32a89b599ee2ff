"""No page knows a vendor: its words and its addresses come from the provider behind the port."""

import re
from pathlib import Path

import pytest

from integrations.connections import registry
from integrations.connections.models import Connection
from integrations.connections.pages import ConnectWay, ProviderPages
from tests.conftest import a_workspace, of_ghl
from tests.sync.fake import FakeProvider

ROOT = Path(__file__).parents[2]
VENDOR = re.compile(r"(?<![a-z])ghl(?![a-z])|high\s?level|lead\s?connector", re.IGNORECASE)
SHOWN = [
    *(ROOT / "contacts_ui").rglob("*.py"),
    *(ROOT / "templates").rglob("*.html"),
    *(ROOT / "templates").rglob("*.txt"),
]
OURS = [path for path in SHOWN if ROOT / "templates" / "ghl" not in path.parents]


class SecondProvider(FakeProvider):
    """Another system beside the first: its own words, its own way in, no test and no panel."""

    name, short_name = "Second System", "Second"
    pages = ProviderPages(
        account="an account of Second System",
        account_id="Seat",
        welcome="Paste a key of Second System.",
        ways=(ConnectWay("private", "contacts_ui:contact-list", "Connect Second System", "plug"),),
    )


@pytest.fixture
def both(settings):
    settings.SYNC_PROVIDERS = {**settings.SYNC_PROVIDERS, "second": f"{__name__}.SecondProvider"}
    registry.provider.cache_clear()
    yield
    registry.provider.cache_clear()


def test_no_module_and_no_template_of_the_pages_names_a_vendor():
    assert len(OURS) > 100
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in OURS
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if VENDOR.search(line)
    ]
    assert found == []


def test_the_page_of_accounts_offers_every_providers_ways_in(db, both, as_staff):
    page = as_staff.get("/connections/").text
    for shown in (
        "Connect GoHighLevel",
        "Use a private token",
        "Connect Second System",
        "Paste a key of Second System.",
    ):
        assert shown in page


def test_each_account_speaks_its_own_providers_words(db, both, as_staff):
    first, second = a_workspace("Cedar North", provider="ghl"), a_workspace("Cedar South", provider="second")
    of_ghl(Connection.objects.get(workspace=first))
    page = as_staff.get("/connections/").text
    cards = re.split(r'id="connection-\d', page)[1:]
    assert "GHL request budget" in cards[0]
    assert "/integrations/test/" in cards[0]
    assert "Second request budget" in cards[1]
    assert "/integrations/" not in cards[1].partition("</section>")[0]
    assert "Refused by" in page
    assert "deleted in Second System" in as_staff.get(f"/connections/{second.pk}/revoke/").text


@pytest.mark.parametrize("address", ["/contacts/", "/sync/"])
def test_a_page_without_accounts_names_every_system(db, both, as_staff, address):
    assert "a GoHighLevel sub-account or an account of Second System" in " ".join(
        as_staff.get(address).text.split()
    )
