"""The viewer's zone, and who is at work."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from contacts_ui.shell.access import workspaces
from contacts_ui.shell.middleware import Presence, UnreadableSecrets, ViewerZone
from contacts_ui.shell.zones import use_fallback_zone, zone_named
from integrations.security.crypto import SecretUnreadableError
from integrations.workspace import presence
from integrations.workspace.models import User


def seen_zone(cookie: str, fallback: str = "") -> str:
    def view(request):
        if fallback:
            use_fallback_zone(request, fallback)
        return HttpResponse(timezone.get_current_timezone_name())

    request = RequestFactory().get("/")
    request.COOKIES["tz"] = cookie
    return ViewerZone(view)(request).content.decode()


def test_times_are_in_the_zone_that_the_browser_reports():
    assert seen_zone("America/New_York") == "America/New_York"


@pytest.mark.parametrize(
    "name", ["", "Nowhere/Atlantis", "../../etc/passwd", "/etc/localtime", "America", "x" * 9000, "a\x00b"]
)
def test_a_cookie_that_is_no_zone_changes_nothing(name):
    assert zone_named(name) is None
    assert seen_zone(name) == "UTC"


def test_the_workspaces_zone_stands_in_until_the_browser_has_spoken():
    assert seen_zone("", fallback="Europe/London") == "Europe/London"
    assert seen_zone("Asia/Tokyo", fallback="Europe/London") == "Asia/Tokyo"


def test_the_zone_of_what_is_shown_is_kept_by_the_frame_around_it(alice):
    def view(request):
        request.user = alice
        use_fallback_zone(request, "Asia/Tokyo")
        assert [one.timezone for one in workspaces(request)] == ["America/New_York"]
        return HttpResponse(timezone.get_current_timezone_name())

    assert ViewerZone(view)(RequestFactory().get("/")).content == b"Asia/Tokyo"


def test_outside_of_a_request_no_zone_is_left_behind():
    use_fallback_zone(RequestFactory().get("/"), "Asia/Tokyo")
    assert timezone.get_current_timezone_name() == "UTC"


def test_one_persons_zone_never_reaches_the_next_request():
    seen_zone("Asia/Tokyo", fallback="")
    seen_zone("", fallback="Europe/London")
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.fixture
def long_ago(alice):
    User.objects.filter(pk=alice.pk).update(last_login=timezone.now() - timedelta(days=1))
    alice.refresh_from_db()
    return alice


def visit(user, address, **headers):
    request = RequestFactory().get(address, headers=headers)
    request.user = user
    Presence(lambda _: HttpResponse())(request)


def test_a_page_that_a_person_asks_for_shows_that_they_are_at_work(workspace, long_ago):
    visit(long_ago, "/contacts/")

    assert presence.is_anyone_active(workspace.pk, timezone.now())


def test_what_a_page_asks_by_itself_does_not(workspace, long_ago):
    visit(long_ago, "/sync/runs/1/progress/?seen=4")
    visit(long_ago, "/sync/runs/1/trail/?seen")
    visit(long_ago, "/contacts/1/live/", X_Seen="4")
    visit(AnonymousUser(), "/contacts/")

    assert not presence.is_anyone_active(workspace.pk, timezone.now())


def test_every_page_passes_it(client, workspace, long_ago):
    client.force_login(long_ago)
    User.objects.filter(pk=long_ago.pk).update(last_login=timezone.now() - timedelta(days=1))

    client.get("/")

    long_ago.refresh_from_db()
    assert long_ago.last_active_at is not None


def test_a_secret_that_cannot_be_read_is_a_page_of_words_and_any_other_fault_stays_one():
    answers, request = UnreadableSecrets(HttpResponse), RequestFactory().get("/contacts/")

    answer = answers.process_exception(request, SecretUnreadableError())

    assert (answer.status_code, b"A stored secret cannot be read" in answer.content) == (409, True)
    assert answers.process_exception(request, ValueError()) is None
