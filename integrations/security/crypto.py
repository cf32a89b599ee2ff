"""A text field encrypted at rest with its own key list; a wrong key raises, it never returns ciphertext."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

# Generic for the type checker only; at run time the class cannot be subscripted.
if TYPE_CHECKING:
    _TextField = models.TextField[Any, Any]
else:
    _TextField = models.TextField


class SecretUnreadableError(Exception):
    """A stored secret cannot be read with any key of SECRETS_KEYS."""


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "SECRETS_KEYS holds a value that is not a Fernet key. "
            "Make one with: python -m config.embedded SECRETS_KEYS"
        ) from error


def cipher(keys: Sequence[str] | None = None) -> MultiFernet:
    """The cipher over the given keys, by default those of SECRETS_KEYS; the first one encrypts, all decrypt."""
    return _cipher(tuple(keys if keys is not None else settings.SECRETS_KEYS))


def decrypt(stored: str) -> str:
    """The clear text of a stored value. Raises SecretUnreadableError when no key fits."""
    try:
        return cipher().decrypt(stored.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadableError(
            "A stored secret cannot be read with the keys in SECRETS_KEYS. "
            "Put the key it was written with back into the list, after the current one."
        ) from error


class EncryptedTextField(_TextField):
    """Text that is ciphertext in the database and clear text on the instance; it cannot be filtered on."""

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return decrypt(value) if value else value

    def get_prep_value(self, value: Any) -> Any:
        return cipher().encrypt(str(value).encode()).decode() if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        # Two encryptions of one text differ, so a comparison would silently find nothing.
        if lookup_name != "isnull":
            raise TypeError(f"An encrypted field cannot be looked up by {lookup_name}.")
        return super().get_lookup(lookup_name)
