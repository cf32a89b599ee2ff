"""Thousands of odd requests as every kind of person: each is answered, none with a failure of ours.

THROUGHLINE_FUZZ_SEED repeats a run. Each request stands alone, so the number in a report finds it again.
"""

import os
import random

import pytest
from django.core.cache import cache

from tests.access.fuzz import bodies
from tests.access.fuzz.maker import Maker
from tests.access.fuzz.sending import Site, Tally
from tests.access.world import ROLES, World, just_signed_in
from tests.ghl.conftest import HOST

SEED = os.environ.get("THROUGHLINE_FUZZ_SEED") or str(random.SystemRandom().randrange(10**9))
# Behind no proxy, X-Forwarded-For is not looked at.
TRUSTED_PROXIES = 0
# Statuses that say on purpose that GHL could not be reached.
SAID = {502, 504}


@pytest.mark.parametrize("role", ROLES)
def test_no_request_whatever_is_in_it_makes_the_site_fail(world, settings, role):
    _fuzz(world, settings, role, 2_000)


@pytest.mark.soak
@pytest.mark.parametrize("role", ROLES)
def test_nor_does_any_of_twenty_thousand(world, settings, role):
    _fuzz(world, settings, role, 20_000)


def _fuzz(world: World, settings, role: str, count: int) -> None:
    print(f"THROUGHLINE_FUZZ_SEED={SEED}")
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.access.fuzz.sending.NoteReached"]
    settings.TRUSTED_PROXIES = TRUSTED_PROXIES
    settings.GHL_WEBHOOK_ED25519_KEYS = [bodies.GHL.der]
    maker = Maker(random.Random(f"{SEED} {role}"), world, _sessions(world, role))
    tally = Tally()
    with Site() as site:
        for number in range(count):
            cache.clear()  # else the limits on attempts would answer most of what follows
            asked = maker.make()
            tally.add(number, asked, site.send(asked))
    print(sorted(tally.statuses.items()), f"{tally.reached} of {count} reached a view")
    assert not tally.failed, "\n\n".join(tally.failed.values())
    assert {status for status in tally.statuses if status >= 500} <= SAID
    assert tally.reached >= 0.8 * count


def _sessions(world: World, role: str) -> list[str]:
    """Somebody who signed in long ago, and the same who gave their password a moment ago."""
    if role == "visitor":
        return []
    browsers = [world.browser(role, HOST) for _ in range(2)]
    just_signed_in(browsers[1].session)
    return [browser.cookies["sessionid"].value for browser in browsers]
