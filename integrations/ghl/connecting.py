"""Turns proven credentials into a connection, a workspace and a first sync; renewing one keeps its cache."""

from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.ports import AuthDoubted, AuthLost, Lane, NotPermitted, Permanent
from integrations.ghl import losses
from integrations.ghl import scopes as ghl_scopes
from integrations.ghl.adapter import CallLog, new_client, translated
from integrations.ghl.client.dependencies import StaticToken
from integrations.ghl.client.errors import ScopeMissing, WrongLocation, WrongTokenClass
from integrations.ghl.client.token_set import TokenSet
from integrations.ghl.client.transport import Transport
from integrations.ghl.models import PROVIDER, Agency, Location
from integrations.ghl.sub_account import remote_of
from integrations.ghl.tokens import take_over
from integrations.sync import calls, lifecycle
from integrations.workspace.models import User, Workspace

REJECTED = "GoHighLevel rejected this token. Check the token and the location ID."
# For a person who connects: "Reconnect", which a connection that worked before is told, leads nowhere here.
UNFIT: dict[type, str] = {
    WrongLocation: "This token belongs to another sub-account. Check the location ID, or use a token made there.",
    WrongTokenClass: (
        "This is an agency's token. Use one made in the sub-account, under Settings, Private Integrations."
    ),
}
AGENCY_CLOSED = (
    "You signed in as an agency, but this sign-in cannot open its sub-accounts. "
    "Choose one sub-account in GHL, or tick “I'm connecting as an agency”."
)


def connect_private(
    *, location_id: str, token: str, may_write: bool, actor: User | None, transport: Transport | None = None
) -> Connection:
    """Connect by a private integration token, after it has read the location and one contact.

    Raises SyncError with the reason in a sentence; nothing is stored then.
    """
    token = token.strip()
    if not token.isascii() or not token.isprintable() or " " in token or not token:
        raise Permanent("This is not a token. Copy it from GoHighLevel again, in one piece.")
    log = CallLog(Lane.PERSON)
    client = new_client(location_id, StaticToken(token), transport=transport, on_call=log)
    try:
        with translated():
            location = client.locations.get(location_id)
            client.contacts.search(location_id, page_limit=1)
    except (AuthLost, AuthDoubted) as error:
        raise AuthLost(REJECTED, detail=error.detail) from error
    except NotPermitted as error:
        raise NotPermitted(UNFIT.get(type(error.__cause__), str(error)), detail=error.detail) from error
    held = _place(location_id, location)
    held.kind = Location.Kind.PRIVATE
    held.access_token, held.refresh_token = token, ""
    held.expires_at = held.agency = held.refreshing_until = None
    held.refreshed_at = timezone.now()  # a refresh of the sign-in before, still under way, finds itself late
    # A private token does not say what it may do; the first sync finds out stream by stream.
    held.scopes = []
    held.company_id = str(location.get("companyId") or "")
    held.connection.may_write = may_write
    return _finish(held, actor, log)


def connect_location(
    tokens: TokenSet,
    *,
    actor: User | None,
    company: TokenSet | None = None,
    wants_write: bool = True,
    log: CallLog | None = None,
) -> Connection:
    """Connect the sub-account that a token answer is for. Raises SyncError when the token cannot read it.

    `company` is the agency answer that the tokens were minted from, if any, and `log` the calls that this took.
    Without `wants_write` the connection only reads, whatever the scopes would allow.
    """
    if not tokens.location_id:
        raise Permanent("GoHighLevel's answer names no sub-account. Start again and choose one.")
    log = log or CallLog(Lane.PERSON)
    client = new_client(tokens.location_id, StaticToken(tokens.access_token), on_call=log)
    with translated():
        location = client.locations.get(tokens.location_id)
    held = _place(tokens.location_id, location)
    held.kind = Location.Kind.OAUTH
    held.company_id = tokens.company_id or str(location.get("companyId") or "")
    held.connection.may_write = wants_write and ghl_scopes.allow_writing(tokens.scopes)
    # One transaction: a connection that shows as connected must never hold the tokens of before.
    with transaction.atomic():
        held.agency = keep_agency(company) if company else None
        take_over(held, tokens)
        return _finish(held, actor, log)


def keep_agency(tokens: TokenSet) -> Agency:
    """Store an agency's tokens; with them its sub-accounts can be connected."""
    agency, _ = Agency.objects.get_or_create(company_id=tokens.company_id)
    agency.approved_locations = list(tokens.approved_locations)
    take_over(agency, tokens)
    agency.save()
    return agency


def connect_through(
    company: TokenSet, location_id: str, *, actor: User | None, wants_write: bool = True
) -> Connection:
    """Connect one sub-account with a token minted from its agency's. Raises SyncError; nothing is stored then."""
    log = CallLog(Lane.PERSON)
    client = new_client(f"company:{company.company_id}", StaticToken(company.access_token), on_call=log)
    with translated():
        try:
            tokens = client.oauth.location_token(company.company_id, location_id)
        except ScopeMissing as error:
            raise NotPermitted(AGENCY_CLOSED, detail=str(error)) from error
    # The answer need not repeat which location the token is for.
    tokens = replace(tokens, location_id=location_id)
    return connect_location(tokens, actor=actor, company=company, wants_write=wants_write, log=log)


def _place(location_id: str, said: object) -> Location:
    """The sub-account of an id, new or the one that it had, with its workspace brought up to date."""
    held = Location.objects.filter(connection__provider=PROVIDER, connection__external_id=location_id)
    location = held.select_related("connection__workspace").first()
    if location is None:
        connection = Connection(workspace=Workspace(timezone=""), provider=PROVIDER, external_id=location_id)
        location = Location(connection=connection)
    workspace, remote = location.connection.workspace, remote_of(location, said)
    workspace.name, workspace.timezone, workspace.country = remote.name, remote.timezone, remote.country
    return location


@transaction.atomic
def _finish(held: Location, actor: User | None, log: CallLog) -> Connection:
    """Store it, with the calls that proved it, and have it read."""
    connection, held.doubted_at = held.connection, None
    lost = losses.of_renewal(held)
    lifecycle.opened(connection, actor=actor, now=timezone.now(), lost=lost, kind=held.kind)
    held.connection = connection  # takes over the key of one that was just made
    held.save()
    calls.keep_of([log], connection.pk)
    return connection
