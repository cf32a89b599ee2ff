"""The forms that ask for a second factor: where its secret cannot be read they say so, and let nobody in."""

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.core.exceptions import ValidationError

from integrations.security.crypto import SecretUnreadableError

UNREADABLE = (
    "Your code cannot be checked, because this server's keys (SECRETS_KEYS) cannot decrypt your second factor. "
    "Ask an admin of this installation to put the old key back, or to switch your two-factor off on the server: "
    "python manage.py reset_second_factor --email YOUR_ADDRESS"
)


class _SaysUnreadable:
    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()  # type: ignore[misc]  # of the form that this is mixed into
        except SecretUnreadableError as error:
            raise ValidationError(UNREADABLE, code="unreadable") from error
        return code


class SignInForm(_SaysUnreadable, AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """Asks for the code when a person signs in."""


class ConfirmForm(_SaysUnreadable, ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """Asks for the code again before something sensitive."""
