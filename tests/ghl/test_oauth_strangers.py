"""Strangers at the callback: codes without state, by the dozen, while the token endpoint hangs."""

import socketserver
import threading
import time

import pytest
from django.utils import timezone

from integrations.ghl import oauth
from integrations.ghl.budget import BUCKET
from integrations.ghl.client.errors import GhlError, RateLimited, TokenRefused
from integrations.ghl.models import ParkedInstall, RateWindow
from integrations.ghl.views import install_throttle
from tests.ghl.conftest import CALLBACK, code_for, decide, start
from tests.ghl.test_oauth_callback import outcome

pytestmark = pytest.mark.django_db


class Silence(socketserver.ThreadingTCPServer):
    """A token endpoint that takes every request and answers none."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        self.asked, self.is_over = [], threading.Event()
        super().__init__(("127.0.0.1", 0), None)

    def finish_request(self, request, client_address):
        self.asked.append(request.recv(65536))
        self.is_over.wait(300)


@pytest.fixture
def hung(ghl, settings):
    with Silence() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        settings.GHL_API_BASE_URL = f"http://127.0.0.1:{server.server_address[1]}"
        settings.GHL_TIMEOUT = 0.2
        yield server
        server.is_over.set()
        server.shutdown()


def knock(client, **where):
    return client.get(CALLBACK, {"code": "made-up"}, **where)


def test_a_code_without_state_is_tried_once(browse, hung):
    assert outcome(knock(browse())) == "not_reached"

    assert len(hung.asked) == 1


def test_a_signed_in_persons_code_is_tried_twice_at_most(as_staff, ghl, hung):
    ghl_url, hung_url = ghl.url, f"http://127.0.0.1:{hung.server_address[1]}"
    back = decide(start(as_staff).replace(hung_url, ghl_url), ghl.location_id)

    assert outcome(as_staff.get(back)) == "not_reached"
    assert len(hung.asked) == 2


def test_no_attempt_of_an_exchange_lasts_longer_than_a_page_may(settings):
    settings.GHL_TIMEOUT = 300

    assert oauth.attempt_seconds() == 10


def test_one_address_has_five_tries_a_minute(browse, ghl):
    for _ in range(5):
        assert outcome(knock(browse())) == "code_void"

    answer = knock(browse())

    assert (answer.status_code, outcome(answer)) == (429, "too_many")
    assert "Open it again in a minute" in answer.text
    assert ghl.counts()["by_operation"]["token"] == 5


def test_all_addresses_together_have_twenty_tries_a_minute(browse, ghl):
    for number in range(20):
        assert outcome(knock(browse(), REMOTE_ADDR=f"10.0.0.{number}")) == "code_void"

    assert outcome(knock(browse(), REMOTE_ADDR="10.0.0.99")) == "too_many"
    assert outcome(browse().get(CALLBACK)) == "no_code"  # what costs nothing is not counted


def test_somebody_else_still_installs_when_one_address_has_used_its_tries(browse, ghl):
    for _ in range(6):
        knock(browse())

    answer = browse().get(CALLBACK, {"code": code_for(ghl, ghl.location_id)}, REMOTE_ADDR="10.0.0.7")

    assert outcome(answer) == "parked"


def test_strangers_hold_one_web_thread_of_a_process_and_the_next_is_answered_at_once(browse, hung, settings):
    settings.GHL_TIMEOUT = 8
    with install_throttle._turn:
        answer = knock(browse())

    assert (answer.status_code, outcome(answer)) == (429, "too_many")
    assert hung.asked == []


def test_the_turn_is_free_again_after_a_failure(browse, hung):
    knock(browse())

    assert outcome(knock(browse())) == "not_reached"


def test_used_up_turns_of_strangers_do_not_stop_somebody_who_signed_in(as_staff, browse, ghl):
    for number in range(21):
        knock(browse(), REMOTE_ADDR=f"10.0.0.{number}")

    with install_throttle._turn:
        answer = as_staff.get(decide(start(as_staff), ghl.location_id))

    assert answer.status_code == 302


def test_strangers_spend_a_budget_of_their_own(browse, ghl):
    knock(browse())

    assert {row.key for row in RateWindow.objects.all()} == {"oauth:stranger"}


@pytest.fixture
def spent(ghl, settings):
    """Nothing is left of either budget for a minute."""
    for key in ("oauth", "oauth:stranger"):
        BUCKET.punish(key, 59)


def test_a_web_thread_never_waits_for_budget(spent, ghl, as_staff, browse, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("slept"))

    strangers, ours = knock(browse()), as_staff.get(decide(start(as_staff), ghl.location_id))

    assert (strangers.status_code, outcome(strangers)) == (429, "busy")
    assert (ours.status_code, outcome(ours)) == (429, "busy")
    assert ghl.counts()["by_operation"].get("token", 0) == 0
    assert not ParkedInstall.objects.exists()


def test_a_busy_answer_can_be_tried_again_with_the_same_state(spent, ghl, as_staff):
    back = decide(start(as_staff), ghl.location_id)
    as_staff.get(back)

    RateWindow.objects.all().delete()

    assert as_staff.get(back).status_code == 302


def test_a_429_of_ghl_is_not_slept_out(ghl, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("slept"))
    ghl.admin("next", {"operation": "token", "answers": ["429"]})

    with pytest.raises(RateLimited):
        oauth.exchange("made-up", redirect_uri=CALLBACK)


def test_a_refused_code_is_not_sent_again(ghl):
    with pytest.raises(TokenRefused):
        oauth.exchange("made-up", redirect_uri=CALLBACK)

    assert ghl.counts()["by_operation"]["token"] == 1


def test_a_lost_answer_is_asked_for_once_more(ghl):
    ghl.admin("next", {"operation": "token", "answers": ["500"]})

    tokens = oauth.exchange(code_for(ghl, ghl.location_id), redirect_uri=CALLBACK)

    assert tokens.location_id == ghl.location_id
    assert timezone.now()


def test_an_exchange_that_may_try_once_tries_once(hung):
    with pytest.raises(GhlError):
        oauth.exchange("made-up", redirect_uri=CALLBACK, attempts=1)

    assert len(hung.asked) == 1
