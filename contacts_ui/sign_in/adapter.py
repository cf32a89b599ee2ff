"""Who may open an account: nobody by themselves; an admin invites people. And who may not sign in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from contacts_ui.shell.proxies import address_or_400
from integrations.security import throttle
from integrations.security.addresses import counted_as
from integrations.workspace import demo
from integrations.workspace.models import User

ATTEMPTS = throttle.Rate(times=5, seconds=300)


class InvitedOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Closes the public sign-up page: this is one organisation's own installation."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account is closed. Ask an admin of this installation to open it again.",
        "email_password_mismatch": "This email and password do not match. Check both and try again.",
        "enter_current_password": "This is not your current password.",
        "incorrect_password": "This is not your password. Check it and try again.",
        "too_many_login_attempts": "Too many failed attempts. Wait five minutes, then try again.",
        "demo_is_over": "The demo sign-ins are closed, because this installation reads a real account. "
        "Use your own account.",
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that attempts are counted by. Raises WrongProxies where the proxies do not tell it."""
        return address_or_400(request)

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth passes it
        """Always no; accounts come from `createsuperuser` or from an admin."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Refuses the demo's people, whose password is public, wherever real contacts are.

        Only once the password was right: a wrong one must not tell who has an account.
        """
        user: User | None = super().authenticate(request, **credentials)
        if user:
            throttle.forget("sign-in", self._who(request, **credentials))
        if user and demo.is_shut_out(user):
            raise self.validation_error("demo_is_over")
        return user

    def pre_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse | None:
        """The same for every other way in, such as a new password by email."""
        if demo.is_shut_out(user):
            user.is_active = False  # on this instance only: allauth then answers as for a closed account
        answer: HttpResponse | None = super().pre_login(request, user, **how)
        return answer

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Wrong passwords count by person and address: a stranger's must not keep the person out elsewhere.

        All attempts from one address count once more, in allauth.
        """
        super().pre_authenticate(request, **credentials)
        if not throttle.allows("sign-in", self._who(request, **credentials), ATTEMPTS):
            raise self.validation_error("too_many_login_attempts")

    def set_password(self, user: User, password: str) -> None:
        """Also forgets failed attempts: with the new password the person gets in at once."""
        super().set_password(user, password)
        throttle.forget("sign-in", self._who(self.request, email=user.email))

    def _who(self, request: HttpRequest, **credentials: Any) -> str:
        login = credentials.get("email") or credentials.get("username") or ""
        return f"{login.lower()}:{counted_as(self.get_client_ip(request))}"
