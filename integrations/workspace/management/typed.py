"""What is typed on a command line, read as the pages read it. Raises CommandError with a sentence."""

from allauth.account.fields import EmailField
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from integrations.workspace.models import User


def address(given: str) -> str:
    """The address as the sign-in page reads it, so that what is stored here is found there."""
    try:
        found: str = EmailField().clean(text(given, "--email"))
        User._meta.get_field("email").run_validators(found)
    except ValidationError as error:
        raise CommandError(
            f"--email is not a valid address to sign in with. {words(error)}", returncode=1
        ) from error
    return found


def text(given: str, what: str) -> str:
    """The text, unless no database and no page could hold it."""
    if "\0" in given or any("\ud800" <= sign <= "\udfff" for sign in given):
        raise CommandError(f"{what} holds characters that are not text.", returncode=1)
    return given


def words(error: ValidationError) -> str:
    """What a validator found wrong, in one line."""
    return " ".join(error.messages)
