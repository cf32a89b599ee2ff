"""What an account could do before it was connected again and cannot now, in sentences for its admins."""

from collections.abc import Iterable, Sequence

from integrations.connections.models import Connection
from integrations.ghl.models import Location
from integrations.ghl.scopes import SCOPES, Scope
from integrations.sync.health import writes

HOW = "Choose “Allow writing” in its menu under Connections to switch it on."
NO_WEBHOOKS = "A private token brings no webhooks, so changes made in GHL arrive with the next sync."


def of_renewal(held: Location) -> str:
    """What a sign-in that is about to be stored takes away from the one before; "" for nothing.

    Asks the database what is stored, so `held` may be filled by now. Call it in the transaction that stores it.
    """
    before = Location.objects.filter(pk=held.pk).select_related("connection").sealed().first() if held.pk else None
    if before is None:
        return ""
    now, said = held.connection, []
    if before.connection.may_write and not now.may_write:
        said.append(_of_writing(before.connection))
    if gone := _gone(before.scopes, held.scopes, with_writing=now.may_write):
        said.append(_of_scopes(gone))
    if before.kind == Location.Kind.OAUTH and held.kind == Location.Kind.PRIVATE:
        said.append(NO_WEBHOOKS)
    return " ".join(said)


def _of_writing(connection: Connection) -> str:
    waiting = writes.waiting(connection.pk)
    wait = "change waits" if waiting == 1 else "changes wait"
    held = f" {waiting:,} {wait} and will be held, not sent: retry when writing is allowed." if waiting else ""
    return f"Connecting it again switched writing off.{held} {HOW}"


def _gone(before: Sequence[str], now: Sequence[str], *, with_writing: bool) -> list[Scope]:
    """A sign-in that tells no scopes, as a private token, says nothing about any."""
    if not (before and now):
        return []
    asked = (scope for scope in SCOPES if not scope.is_agency and (with_writing or not scope.is_write))
    return [scope for scope in asked if scope.name in before and scope.name not in now]


def _of_scopes(gone: Iterable[Scope]) -> str:
    names = "; ".join(f"{scope.unlocks} ({scope.name})" for scope in gone)
    return f"No longer granted: {names}. What was read stays. Reconnect and approve everything to get it back."
