"""Turns proven credentials into a connection, a workspace and a first sync; renewing one keeps its cache."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import available_timezones

from django.db import transaction
from django.utils import timezone

from integrations.ghl import scopes as ghl_scopes
from integrations.ghl.calls import CallLog
from integrations.ghl.client.auth import StaticToken
from integrations.ghl.client.errors import ScopeMissing
from integrations.ghl.client.token_set import TokenSet
from integrations.ghl.client.transport import Transport
from integrations.ghl.client_factory import new_client
from integrations.ghl.models import Agency, Connection
from integrations.ghl.tokens import take_over
from integrations.ghl.translate import translated
from integrations.sync import calls, refetch
from integrations.sync.models import StreamCursor, SyncSchedule
from integrations.sync.ports import AuthLost, Lane, NotPermitted, Permanent, Remote
from integrations.workspace import audit
from integrations.workspace.models import Membership, User, Workspace

REJECTED = "GoHighLevel rejected this token. Check the token and the location ID."
AGENCY_CLOSED = (
    "GHL signed in an agency, and this sign-in may not open its sub-accounts. "
    "Choose the sub-account itself in GHL, or tick that you sign in for an agency."
)


def connect_private(
    *, location_id: str, token: str, may_write: bool, actor: User | None, transport: Transport | None = None
) -> Connection:
    """Connect by a private integration token, after it has read the location and one contact.

    Raises SyncError with the reason in a sentence; nothing is stored then.
    """
    token = token.strip()
    if not token.isascii() or not token.isprintable() or " " in token or not token:
        raise Permanent("This is not a token. Copy it from GHL again, in one piece.")
    log = CallLog(Lane.PERSON)
    client = new_client(location_id, StaticToken(token), transport=transport, on_call=log)
    try:
        with translated():
            location = client.locations.get(location_id)
            client.contacts.search(location_id, page_limit=1)
    except AuthLost as error:
        raise AuthLost(REJECTED, detail=error.detail) from error
    connection = _place(location_id, _remote(location_id, location))
    connection.kind = Connection.Kind.PRIVATE
    connection.access_token, connection.refresh_token = token, ""
    connection.expires_at = connection.agency = connection.refreshing_until = None
    connection.refreshed_at = timezone.now()  # a refresh of the sign-in before, still under way, finds itself late
    # A private token does not say what it may do; the first sync finds out stream by stream.
    connection.scopes = []
    connection.company_id = str(location.get("companyId") or "")
    connection.may_write = may_write
    return _finish(connection, actor, log)


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
        raise Permanent("GHL's answer names no sub-account. Start again and choose one.")
    log = log or CallLog(Lane.PERSON)
    client = new_client(tokens.location_id, StaticToken(tokens.access_token), on_call=log)
    with translated():
        location = client.locations.get(tokens.location_id)
    connection = _place(tokens.location_id, _remote(tokens.location_id, location))
    connection.kind = Connection.Kind.OAUTH
    connection.company_id = tokens.company_id or str(location.get("companyId") or "")
    connection.may_write = wants_write and ghl_scopes.allow_writing(tokens.scopes)
    # One transaction: a connection that shows as connected must never hold the tokens of before.
    with transaction.atomic():
        connection.agency = keep_agency(company) if company else None
        take_over(connection, tokens)
        return _finish(connection, actor, log)


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


def _remote(location_id: str, location: object) -> Remote:
    data = location if isinstance(location, dict) else {}
    zone = str(data.get("timezone") or "")
    return Remote(str(data.get("name") or location_id), zone if zone in available_timezones() else "UTC")


def _place(location_id: str, remote: Remote) -> Connection:
    """The connection of a location, new or the one that it had, with its workspace brought up to date."""
    connection = Connection.objects.filter(location_id=location_id).select_related("workspace").first()
    if connection is None:
        workspace = Workspace(name=remote.name, timezone=remote.timezone)
        return Connection(workspace=workspace, location_id=location_id)
    connection.workspace.name, connection.workspace.timezone = remote.name, remote.timezone
    connection.workspace.state = Workspace.State.ACTIVE
    return connection


def _try_again(workspace: Workspace, *, had_ended: bool = False) -> None:
    """New credentials may open what the old ones did not: the next run, due now, tries every refused stream, and
    what webhooks announced meanwhile is asked for again.

    A full one where something was refused, since what was never read is not among the changes. After a connection
    that had ended every stream counts as unread: what changed in between nobody could announce.
    """
    now = timezone.now()
    due: dict[str, datetime | None] = {"next_at": now}
    cursors = StreamCursor.objects.filter(workspace=workspace)
    closed = cursors if had_ended else cursors.filter(state=StreamCursor.State.REFUSED)
    if closed.update(state=StreamCursor.State.UNKNOWN, reason="", updated_at=now):
        due["last_full_at"] = None
    refetch.revive(workspace.pk, now)
    SyncSchedule.objects.update_or_create(workspace=workspace, defaults=due)


@transaction.atomic
def _finish(connection: Connection, actor: User | None, log: CallLog) -> Connection:
    """Store it, with the calls that proved it, and have it read."""
    is_new, had_ended = connection.pk is None, connection.state in Connection.ENDED
    connection.workspace.save()
    connection.workspace_id = connection.workspace.pk
    connection.state, connection.reason = Connection.State.CONNECTED, ""
    connection.broken_since = None
    connection.connected_at = timezone.now()
    connection.installed_by = actor or connection.installed_by
    connection.save()
    calls.keep_of([log], connection.workspace_id)
    _try_again(connection.workspace, had_ended=had_ended)
    if actor and not actor.is_staff:
        role = {"role": Membership.Role.ADMIN}
        Membership.objects.update_or_create(user=actor, workspace=connection.workspace, defaults=role)
    audit.record(
        act="connection.connect" if is_new else "connection.renew",
        actor=actor,
        workspace=connection.workspace,
        target=connection.workspace.name,
        kind=connection.kind,
        may_write=connection.may_write,
    )
    return connection
