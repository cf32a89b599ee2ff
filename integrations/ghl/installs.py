"""Grants on their way to a connection: which sub-accounts they open, and those that wait to be claimed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from integrations.connections.models import Connection
from integrations.connections.ports import AuthLost, Permanent, SyncError, Transient
from integrations.ghl.adapter import Unreadable, new_client, sync_error, translated
from integrations.ghl.client.dependencies import StaticToken
from integrations.ghl.client.errors import GhlError, Unauthorized
from integrations.ghl.client.token_set import TokenSet
from integrations.ghl.connecting import connect_location, connect_through
from integrations.ghl.models import ParkedInstall
from integrations.ghl.tokens import renewed, take_over
from integrations.workspace.models import User

# An install that nobody claims in a week was not meant for us, and its tokens should not lie about.
KEPT = timedelta(days=7)
UNREADABLE = (
    "The tokens of this install cannot be read with the keys in SECRETS_KEYS. "
    "Put the old key back, or discard the install and install the app again in GHL."
)
# A hundred sub-accounts a page; whoever has more picks from the first ten thousand.
MOST_PAGES = 100
UNNAMED = "GoHighLevel did not tell all names in time, so some sub-accounts show their ID. Reload for the names."
SHORT = "GoHighLevel listed only the first {count:,} sub-accounts in time. Reload to see the others."


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sub-account that a grant opens; `name` is the id where GHL does not tell."""

    location_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What a grant opens. `note` says what is missing of it, in a sentence; "" when nothing is."""

    candidates: list[Candidate]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What became of a claim: the connections made, the ids that are not connected yet, and the first reason."""

    connections: list[Connection]
    left: list[str] = field(default_factory=list)
    error: SyncError | None = None


class OtherLocation(Exception):
    """The grant is for another sub-account than the one to reconnect; `signed_in_to` is its name."""

    def __init__(self, signed_in_to: str) -> None:
        super().__init__(signed_in_to)
        self.signed_in_to = signed_in_to


def is_company(tokens: TokenSet) -> bool:
    """Whether an agency answered. What was asked for says nothing about that."""
    return tokens.user_type == "Company" or (not tokens.user_type and not tokens.location_id)


def settle(
    tokens: TokenSet, *, actor: User | None, wants_write: bool = True, only: str = "", named: bool = False
) -> Connection | list[Candidate]:
    """Connect what a grant is for, or return the sub-accounts to choose from when it opens several.

    `only` is the location id of a connection that is being renewed. With `named` those to choose from come with
    their names. Raises OtherLocation, SyncError; nothing is stored then.
    """
    if not is_company(tokens):
        if only and tokens.location_id != only:
            raise OtherLocation(name_of(tokens))
        return connect_location(tokens, actor=actor, wants_write=wants_write)
    found = offer(tokens, named=named).candidates
    if only:
        found = [candidate for candidate in found if candidate.location_id == only]
        if not found:
            raise OtherLocation("an agency that did not approve it")
    if not found:
        raise Permanent("The agency approved no sub-account. Start again and choose at least one.")
    if len(found) > 1:
        return found
    return connect_through(tokens, found[0].location_id, actor=actor, wants_write=wants_write)


def offer(tokens: TokenSet, *, named: bool = True) -> Offer:
    """The sub-accounts that a grant opens, by name: those approved, else all of the agency that have the app.

    Without `named` no name is asked for where the ids are known. Raises SyncError when nothing could be read.
    """
    if not is_company(tokens):
        return Offer([Candidate(tokens.location_id, name_of(tokens) if named else tokens.location_id)])
    names: dict[str, str] = {}
    approved, note = tokens.approved_locations, ""
    if named or not approved:
        try:
            _read_names(tokens, names)
        except Unauthorized:
            pass  # The list needs a scope of its own. Without it the approved ids still do, only unnamed.
        except GhlError as error:
            if not (names or approved):
                raise sync_error(error) from error
            note = UNNAMED if approved else SHORT.format(count=len(names))
    found = [Candidate(location_id, names.get(location_id) or location_id) for location_id in approved or names]
    return Offer(sorted(found, key=lambda one: (one.name.casefold(), one.location_id)), note)


def _read_names(tokens: TokenSet, names: dict[str, str]) -> None:
    """Fill in the names of an agency's sub-accounts, page by page; what came before an error stays."""
    client = new_client(f"company:{tokens.company_id}", StaticToken(tokens.access_token))
    after = None
    for _ in range(MOST_PAGES):
        page = client.oauth.installed_locations(tokens.company_id, settings.GHL_VERSION_ID, after)
        names |= {str(row.get("_id") or row.get("id")): str(row.get("name") or "") for row in page.locations}
        after = page.after
        if after is None:
            break


def name_of(tokens: TokenSet) -> str:
    """What the sub-account of a grant calls itself; its id when GHL does not say."""
    try:
        client = new_client(tokens.location_id, StaticToken(tokens.access_token))
        return str(client.locations.get(tokens.location_id).get("name") or tokens.location_id)
    except GhlError:
        return tokens.location_id or "another sub-account"


def park(tokens: TokenSet, now: datetime) -> ParkedInstall:
    """Keep a grant, encrypted, until an installation admin claims it. A newer one of its place replaces it."""
    whose = {
        "user_type": "Company" if is_company(tokens) else "Location",
        "location_id": tokens.location_id,
        "company_id": tokens.company_id,
    }
    ParkedInstall.objects.filter(**whose).delete()
    install = ParkedInstall(**whose, approved_locations=list(tokens.approved_locations), arrived_at=now)
    take_over(install, tokens)
    install.save()
    return install


def waiting(now: datetime) -> list[ParkedInstall]:
    """The installs that can be claimed, newest first; what nobody claimed in a week is deleted on the way."""
    found = list(ParkedInstall.objects.sealed().order_by("-arrived_at", "-pk"))
    fresh = [install for install in found if install.arrived_at > now - KEPT]
    if len(fresh) < len(found):
        ParkedInstall.objects.filter(arrived_at__lte=now - KEPT).delete()
    return fresh


def tokens_of(install: ParkedInstall, now: datetime) -> TokenSet:
    """A parked grant as it arrived, renewed first when its day is over. Raises SyncError when it is void."""
    if not install.is_readable:
        raise Unreadable(UNREADABLE)
    with translated():
        if install.is_stale(now):
            install = renewed(ParkedInstall, install.pk, install.access_token)
        access, refresh = install.access_token, install.refresh_token
    left = int((install.expires_at - now).total_seconds()) if install.expires_at else 0
    return TokenSet(
        access_token=access,
        refresh_token=refresh or None,
        expires_in=max(left, 1),
        scopes=tuple(install.scopes),
        user_type=install.user_type,
        location_id=install.location_id,
        company_id=install.company_id,
        user_id="",
        approved_locations=tuple(install.approved_locations),
    )


def claim(tokens: TokenSet, location_ids: Iterable[str], *, actor: User, wants_write: bool) -> Claimed:
    """Connect the chosen sub-accounts of a grant, as many as there is time for. Raises SyncError when none is.

    One that GHL refuses does not stop the others; silence and a sign-in that is void do.
    """
    if not is_company(tokens):
        return Claimed([connect_location(tokens, actor=actor, wants_write=wants_write)])
    waiting, done, left = list(location_ids), list[Connection](), list[str]()
    first: SyncError | None = None
    while waiting:
        chosen = waiting.pop(0)
        try:
            done.append(connect_through(tokens, chosen, actor=actor, wants_write=wants_write))
        except SyncError as error:
            left.append(chosen)
            first = first or error
            if isinstance(error, Transient | AuthLost):
                break
    if first and not done:
        raise first
    return Claimed(done, left + waiting, first)


def keep_rest(install: ParkedInstall, candidates: list[Candidate], connections: list[Connection]) -> None:
    """What is not connected yet can still be claimed."""
    done = {connection.external_id for connection in connections}
    install.approved_locations = [one.location_id for one in candidates if one.location_id not in done]
    install.save(update_fields=["approved_locations"])
