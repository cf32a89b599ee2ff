"""A sign-in ends by a known refusal or by a long one, never by one odd answer, and comes back by itself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.ports import AuthDoubted, AuthLost
from integrations.ghl.adapter import using
from integrations.ghl.client.dependencies import StaticToken
from integrations.ghl.client.errors import TokenDoubted, TokenRejected
from integrations.ghl.health_check import check
from integrations.ghl.models import Location
from integrations.ghl.provider import GhlProvider
from integrations.sync import jobs
from integrations.sync.models import SyncRun, SyncSchedule
from tests.conftest import home_of, of_ghl
from tests.ghl.client.scripted import ScriptedTransport, answer, client_for, refusal

pytestmark = pytest.mark.django_db


class Renewed:
    """A sign-in whose renewal works."""

    renews = True

    def token(self):
        return "at-1"

    def refresh(self, stale):
        return "at-2"


@pytest.mark.parametrize("auth", [StaticToken("pit-secret"), Renewed()])
@pytest.mark.parametrize("words", ["Unauthorized", "Internal authentication hiccup"])
def test_a_401_that_nobody_knows_is_a_doubt(auth, words):
    transport = ScriptedTransport(refusal(401, words), refusal(401, words))
    with pytest.raises(TokenDoubted):
        client_for(transport, auth=auth).contacts.get("c1")


def test_a_401_behind_a_renewal_that_worked_is_a_doubt_whatever_it_says():
    transport = ScriptedTransport(refusal(401, "Invalid JWT"), refusal(401, "Invalid JWT"))
    with pytest.raises(TokenDoubted):
        client_for(transport, auth=Renewed()).contacts.get("c1")
    assert transport.tokens == ["Bearer at-1", "Bearer at-2"]


@pytest.mark.parametrize("words", ["Invalid Private Integration token", "Invalid JWT"])
def test_the_known_texts_end_a_private_token_at_once(words):
    with pytest.raises(TokenRejected):
        client_for(ScriptedTransport(refusal(401, words))).contacts.get("c1")


@pytest.fixture
def connection(workspace):
    return of_ghl(home_of(workspace), "loc-1")


@pytest.fixture
def ask(connection):
    """One call of the account; `how` is what GHL says, None for a good answer. What the engine learns of it."""

    def _ask(how=None):
        location = Location.objects.select_related("connection").get()
        try:
            with using(location):
                if how:
                    raise how
        except (AuthDoubted, AuthLost) as error:
            return type(error)

    return _ask


@pytest.fixture
def at(monkeypatch):
    """Set what the clock says, in minutes from now."""
    now = timezone.now()
    return lambda minutes: monkeypatch.setattr(timezone, "now", lambda: now + timedelta(minutes=minutes))


def state():
    return Connection.objects.get().state


ODD = TokenDoubted("Unauthorized")


def test_one_odd_answer_and_ten_within_a_minute_end_nothing(ask):
    assert {ask(ODD) for _ in range(10)} == {AuthDoubted}
    assert state() == Connection.State.CONNECTED


def test_a_good_answer_ends_all_doubt(ask, at):
    ask(ODD)
    at(4)
    ask()
    at(8)

    assert ask(ODD) is AuthDoubted
    assert state() == Connection.State.CONNECTED


def test_what_lasts_some_minutes_asks_for_a_person_and_heals_by_itself(ask, at):
    ask(ODD)
    at(6)
    assert ask(ODD) is AuthLost
    assert state() == Connection.State.NEEDS_RECONNECT
    assert "tried again automatically" in Connection.objects.get().reason

    at(30)
    ask()

    found = Connection.objects.get()
    assert (found.state, found.reason, found.broken_since) == (Connection.State.CONNECTED, "", None)


def test_a_doubt_of_hours_ago_is_another_matter(ask, at):
    ask(ODD)
    at(90)

    assert ask(ODD) is AuthDoubted
    assert state() == Connection.State.CONNECTED


def test_runs_go_on_trying_what_may_heal_and_leave_alone_what_cannot(ask, at, connection):
    schedule = SyncSchedule.objects.create(connection=connection, next_at=timezone.now())
    ask(ODD)
    at(6)
    ask(ODD)
    assert GhlProvider().status([Connection.objects.get()])[connection.pk].may_heal
    (run_id,) = jobs.start_due_runs(timezone.now())
    SyncRun.objects.filter(pk=run_id).update(state=SyncRun.State.FAILED)

    ask(TokenRejected("revoked"))

    SyncSchedule.objects.filter(pk=schedule.pk).update(next_at=timezone.now())
    assert jobs.start_due_runs(timezone.now()) == []


def test_testing_the_connection_heals_it(ask, at, connection, monkeypatch):
    ask(ODD)
    at(6)
    ask(ODD)
    transport = ScriptedTransport(answer(200, {"location": {"id": "loc-1"}}))
    monkeypatch.setattr("integrations.ghl.provider.PooledTransport", lambda **_: transport)

    assert check(Connection.objects.get()).has_passed
    assert state() == Connection.State.CONNECTED
