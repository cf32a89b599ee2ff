"""GHL takes every connection and answers none: whoever asks it is told so, and nobody else notices."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

import pytest
import requests

from tests.browser.house import PASSWORD
from tests.ghl.conftest import CALLBACK, code_for
from tests.whole.installation import wait_until
from tests.whole.test_web_kills import EMAIL, Web

pytestmark = pytest.mark.xdist_group("whole")
SILENCE = "did not answer within 6 seconds"
HELD = "Other requests to GoHighLevel are under way. Nothing was changed."
PAGES = ("/contacts/", "/connections/", "/sync/", "/integrations/connect/")


class AskedByMany(Web):
    """Asked by several at once."""

    def ask(self, method, path, fields=None, **headers):
        """One request of the person who signed in, on a connection of its own; any thread may."""
        data = self.token() | fields if fields is not None else None
        return requests.request(
            method,
            self.url + path,
            data=data,
            headers=headers,
            cookies=self.browser.cookies.get_dict(),
            timeout=120,
            allow_redirects=False,
        )


@pytest.fixture
def sandbox(fresh):
    return fresh("--contacts", "5")


@pytest.fixture
def web(install, sandbox):
    installation = install(sandbox, GHL_REDIRECT_URI=CALLBACK, GHL_BURST_LIMIT=100)
    installation.command("connect", "--oauth-code", code_for(sandbox, sandbox.location_id), "--json")
    installation.env["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
    installation.command("createsuperuser", "--noinput", "--email", EMAIL)
    web = AskedByMany(installation)
    web.start()
    web.sign_in()
    return web


@contextmanager
def stopped(sandbox):
    os.kill(sandbox.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(sandbox.process.pid, signal.SIGCONT)


def while_under_way(web, *acts, held=0):
    """Send these at once; once `held` of them were answered and all others hang, everybody else's pages answer.

    The answers of those that hung, in the order of `acts`.
    """
    with ThreadPoolExecutor(len(acts)) as people:
        asked = [people.submit(web.ask, *act[:-1], **act[-1]) for act in acts]
        wait_until(lambda: sum(one.done() for one in asked) >= held, what="the answer to whoever found no turn")
        for page in PAGES:
            assert web.ask("GET", page).status_code == 200
        open_still = [one for one in asked if not one.done()]
        assert len(open_still) == len(acts) - held, "the pages had to wait for GHL"
        wait(open_still)
        for one in asked:
            if one not in open_still:
                assert one.result().status_code == 503
                assert HELD in one.result().text
        return [one.result() for one in open_still]


def test_everybody_else_works_while_ghl_hangs_and_each_call_ends_with_its_sentence(web, sandbox):
    test = ("POST", "/integrations/test/1/", {}, {"HX-Request": "true"})
    strangers_code = code_for(sandbox, sandbox.location_id)
    parked = code_for(sandbox, sandbox.location_id)
    assert web.ask("GET", f"/integrations/oauth/callback/?code={parked}").status_code == 202
    token = {"location_id": sandbox.location_id, "token": sandbox.pit}

    with stopped(sandbox):
        pressed = while_under_way(web, *[test] * 8, held=6)
        assert [answer.status_code for answer in pressed] == [200, 200]
        assert all(SILENCE in answer.text for answer in pressed)

        by_token, callback = while_under_way(
            web,
            ("POST", "/integrations/connect/token/", token, {}),
            ("GET", f"/integrations/oauth/callback/?code={strangers_code}", None, {}),
        )
        assert (by_token.status_code, callback.status_code) == (400, 502)
        assert SILENCE in by_token.text
        assert "Nothing was saved" in by_token.text
        assert "could not be reached" in callback.text

        install, revoke = while_under_way(
            web,
            ("GET", "/integrations/installs/1/", None, {}),
            ("POST", "/connections/1/revoke/", {"cache": "keep"}, {}),
        )
        assert install.status_code == 200  # the sub-account stands there by its id
        assert sandbox.location_id in install.text
        assert revoke.status_code == 302
        web.browser.cookies.update(revoke.cookies)  # the message
        assert "GHL was not told" in web.ask("GET", "/connections/").text

    again = web.ask("POST", "/integrations/connect/token/", token)
    assert again.status_code == 302
    assert "Works. GoHighLevel answered in" in web.ask(*test[:-1], **test[-1]).text
