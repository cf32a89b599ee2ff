"""Who may open an account: nobody by themselves; an admin invites people. And who may not sign in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from contacts_ui.proxies import address_or_400
from integrations.workspace import demo
from integrations.workspace.models import User


class InvitedOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Closes the public sign-up page: this is one organisation's own installation."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "demo_is_over": "The sign-ins of the demo are closed, because this installation reads a real account. "
        "Use an account of your own.",
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that attempts are counted by. Raises WrongProxies where the proxies do not tell it."""
        return address_or_400(request)

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth passes it
        """Always no; accounts come from `createsuperuser` or from an admin."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuses the demo's people, whose password is public, wherever real contacts are."""
        super().pre_authenticate(request, **credentials)
        if demo.is_shut_out(str(credentials.get("email") or "")):
            raise self.validation_error("demo_is_over")

    def pre_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse | None:
        """The same for every other way in, such as a new password by e-mail."""
        if demo.is_shut_out(user.email):
            user.is_active = False  # on this instance only: allauth then answers as for a closed account
        answer: HttpResponse | None = super().pre_login(request, user, **how)
        return answer
