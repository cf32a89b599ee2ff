"""GHL in the words and addresses that pages show it with."""

from django.conf import settings

from integrations.connections.models import Connection
from integrations.connections.pages import ConnectWay, ProviderPages
from integrations.ghl.models import Location

PAGES = ProviderPages(
    account="a GoHighLevel sub-account",
    account_id="Location",
    welcome="Sign in with GoHighLevel and choose a sub-account. Reading starts at once and changes nothing there.",
    ways=(
        ConnectWay(Location.Kind.OAUTH, "ghl:connect", "Connect GoHighLevel", "plug"),
        ConnectWay(Location.Kind.PRIVATE, "ghl:connect-token", "Use a private token", "key-round"),
    ),
    test_view="ghl:test",
    contact_url=f"{settings.GHL_APP_URL}/v2/location/{{account}}/contacts/detail/{{contact}}",
    contacts_url=f"{settings.GHL_APP_URL}/v2/location/{{account}}/contacts/smart_list/All",
    needed={"appointment": "calendars/events.write"},
    conversation_url=f"{settings.GHL_APP_URL}/v2/location/{{account}}/conversations/conversations/{{conversation}}",
    reply="Reply in GHL",
    panel_template="ghl/_panel.html",
    acts={
        "ghl:test": "“Test”",
        "ghl:connect": "“Continue to GoHighLevel”",
        "ghl:connect-token": "“Test and connect”",
        "ghl:install": "“Connect”",
        "ghl:install-discard": "“Discard”",
    },
)


def sign_in_words(location: Location | None, connection: Connection, *, is_usable: bool) -> str:
    """How an account is connected, and how far: "OAuth, read only"."""
    reach = "read and write" if is_usable and connection.may_write else "read only"
    if location and location.kind == Location.Kind.PRIVATE:
        return f"Private token, no auto-refresh, {reach}"
    return f"OAuth, {reach}" if is_usable else "OAuth"
