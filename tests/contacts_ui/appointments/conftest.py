"""A contact with a meeting in a calendar, and a browser that asks for parts of its page."""

import pytest
from django.core.cache import cache

from integrations.sync.models import Write

HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/contacts/1/?kind=task"}


@pytest.fixture(autouse=True)
def _counted_here_alone(settings):
    """How often somebody asked for free times is counted in the cache, which tests of other processes share."""
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "meetings"}
    settings.CACHES = {**settings.CACHES, "default": memory}
    cache.clear()


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace, "Dana Whitlock")


@pytest.fixture
def calendar(workspace, make_calendar):
    return make_calendar(workspace)


@pytest.fixture
def meeting(dana, calendar, make_appointment):
    return make_appointment(dana, "Site walk", calendar_remote_id=calendar.remote_id, starts_in=3)


@pytest.fixture
def press(as_alice, dana, meeting):
    """Send a form of the meeting, or of a new one, as htmx does."""

    def _press(act, data=None, *, htmx=True, browser=as_alice):
        of_it = act not in ("book", "new", "slots")
        where = f"/contacts/{dana.pk}/appointments/{f'{meeting.pk}/' if of_it else ''}{act}/"
        return browser.post(where, data or {}, **(HTMX if htmx else {}))

    return _press


@pytest.fixture
def the_write():
    """The one change that was asked for."""
    return lambda: Write.objects.get()
