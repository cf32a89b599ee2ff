"""What somebody pressed and the site did not do: remembered past the sign-in, and said in words.

The note is a cookie of the browser, because somebody signed out has no session. It holds the name of an address of
ours and the key of whoever pressed, nothing about a contact.
"""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from contacts_ui.shell import systems, viewer
from integrations.connections import registry
from integrations.connections.pages import ProviderPages

COOKIE = "unsaved"
KEPT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Act:
    """What one address does, in the words of its button; what follows when it is not done, and what to do then."""

    name: str
    so: str = "Nothing was changed."
    then: str = "Do it again."


ACTS = {
    "account_login": Act("“Sign in”", "Nothing was saved."),
    "contacts_ui:note-add": Act("“Add note”", "Nothing was saved.", "Your draft is kept in this browser."),
    "contacts_ui:note-save": Act("“Save”", "Nothing was saved."),
    "contacts_ui:note-pin": Act("“Pin”"),
    "contacts_ui:note-unpin": Act("“Unpin”"),
    "contacts_ui:note-delete": Act("“Delete”", "The note is still there."),
    "contacts_ui:task-add": Act("“Add task”", "Nothing was saved.", "Your draft is kept in this browser."),
    "contacts_ui:task-save": Act("“Save”", "Nothing was saved."),
    "contacts_ui:task-delete": Act("“Delete”", "The task is still there."),
    "contacts_ui:task-complete": Act("“Complete”"),
    "contacts_ui:task-reopen": Act("“Reopen”"),
    "contacts_ui:task-retry": Act("“Retry”"),
    "contacts_ui:task-dismiss": Act("“Dismiss”"),
    "contacts_ui:change-retry": Act("“Retry”"),
    "contacts_ui:change-dismiss": Act("“Dismiss”"),
    "contacts_ui:change-edit": Act("“Send again”"),
    "contacts_ui:conflict-settle": Act("your choice of a value"),
    "contacts_ui:conflict-rules": Act("“Save rules”"),
    "contacts_ui:contact-new": Act(
        "“Add contact”", "Nothing was saved.", "What you filled in is kept in this browser."
    ),
    "contacts_ui:contact-refresh": Act("“Sync contact”"),
    "contacts_ui:connection-sync": Act("“Sync now”"),
    "contacts_ui:connection-revoke": Act("“Disconnect”"),
    "contacts_ui:connection-notes": Act("“Save”"),
    "contacts_ui:connection-stream": Act("your choice of streams"),
    "contacts_ui:run-stop": Act("“Stop”"),
    "contacts_ui:appearance": Act("your choice of colours"),
}
UNDO = ("contacts_ui:task-undo", "contacts_ui:task-hold", "contacts_ui:change-undo", "contacts_ui:change-hold")
ANYTHING_ELSE = Act("your change", "Nothing was saved.")


def act_of(request: HttpRequest) -> Act:
    """What the request would have done."""
    return act_named(_name(request))


def act_named(name: str) -> Act:
    """What the address of that name would have done."""
    if name in UNDO:
        sent = f"The change will still be sent to {systems.names()}."
        return Act("“Undo”", sent, "To take it back, change it again.")
    if button := next((pages.acts[name] for pages in _provider_pages() if name in pages.acts), ""):
        return Act(button)
    return ACTS.get(name, ANYTHING_ELSE)


def _provider_pages() -> list[ProviderPages]:
    return [provider.pages for provider in registry.providers().values()]


def when_signed_out(act: Act) -> str:
    return f"You were signed out before {act.name} was done. {act.so} {act.then}"


def when_too_old(act: Act) -> str:
    return f"This page was too old, so {act.name} was not done. {act.so} {act.then}"


def when_busy(act: Act) -> str:
    return f"The database is not available, so {act.name} was not done. {act.so} Try again in a few seconds."


def when_another(act: Act, person: object) -> str:
    """For the person who is signed in now, who did not press it."""
    return f"You are signed in as {person} now, so {act.name} was not done. {act.so}"


def remember(request: HttpRequest, answer: HttpResponse) -> None:
    """Leave the note in the browser that is being sent to sign-in."""
    note = f"{_name(request)} {viewer.said_by(request)}"
    secure = settings.SESSION_COOKIE_SECURE
    answer.set_cookie(COOKIE, note, max_age=KEPT_SECONDS, httponly=True, samesite="Lax", secure=secure)


def words_of(request: HttpRequest) -> str:
    """The note of this browser as words; "" without one, and for another person than who pressed."""
    name, _, presser = request.COOKIES.get(COOKIE, "").partition(" ")
    if not name or (presser and request.user.is_authenticated and presser != viewer.key_of(request.user)):
        return ""
    return when_signed_out(act_named(name))


def forget(answer: HttpResponse) -> None:
    answer.delete_cookie(COOKIE, samesite="Lax")


def _name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""
