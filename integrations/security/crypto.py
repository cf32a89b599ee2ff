"""A text field encrypted at rest with its own key list: decrypted where it is used, not where rows are listed."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.functions import Left
from django.db.models.query_utils import DeferredAttribute

# Generic for the type checker only; at run time the class cannot be subscripted.
if TYPE_CHECKING:
    _TextField = models.TextField[Any, Any]
else:
    _TextField = models.TextField


# What stands before a ciphertext and its colon: enough of a key's digest to tell which one it takes.
KEY_ID_LENGTH = 8


class SecretUnreadableError(Exception):
    """A stored secret cannot be read with any key of SECRETS_KEYS."""


class Ciphertext(str):
    """A secret as the database holds it. Clear text is a plain `str`."""

    __slots__ = ()


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


@lru_cache(maxsize=16)
def key_id(key: str) -> str:
    """What a key is known by beside what it encrypted; nobody can tell the key from it."""
    return sha256(key.encode()).hexdigest()[:KEY_ID_LENGTH]


def has_key(known_by: str) -> bool:
    """Whether SECRETS_KEYS has the key of that id."""
    return any(key_id(key) == known_by for key in settings.SECRETS_KEYS)


def seal(clear: str) -> str:
    """Encrypted under the first key, with the id of that key before it."""
    return f"{key_id(settings.SECRETS_KEYS[0])}:{cipher().encrypt(clear.encode()).decode()}"


def without_key_id(stored: str) -> str:
    """The ciphertext alone."""
    return stored.rpartition(":")[2]


def decrypt(stored: str) -> str:
    """The clear text of a stored value. Raises SecretUnreadableError when no key fits."""
    try:
        return cipher().decrypt(without_key_id(stored).encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadableError(
            "A stored secret cannot be read with the keys in SECRETS_KEYS. "
            "Put the key it was written with back into the list, after the current one."
        ) from error


def is_readable(stored: str) -> bool:
    """Whether a key of SECRETS_KEYS fits a stored value. Only its signature is checked; nothing is decrypted."""
    try:
        cipher().extract_timestamp(without_key_id(stored).encode())
    except InvalidToken:
        return False
    return True


class DecryptedOnUse(DeferredAttribute):
    """The attribute of an encrypted field: a loaded row holds ciphertext until somebody asks for the secret."""

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        if instance is None:
            return self
        value = self.unread(instance)
        if isinstance(value, Ciphertext):
            value = instance.__dict__[self.field.attname] = decrypt(value)
        return value

    def __set__(self, instance: models.Model, value: str | None) -> None:
        instance.__dict__[self.field.attname] = value

    def unread(self, instance: models.Model) -> str | None:
        """What the row holds: a `Ciphertext`, clear text that was assigned or read before, or nothing."""
        value: str | None = super().__get__(instance)
        return value


def unread(row: models.Model, name: str) -> str | None:
    """A row's secret without reading it: enough to know whether there is one."""
    attribute: DecryptedOnUse = getattr(type(row), name)
    return attribute.unread(row)


class EncryptedTextField(_TextField):
    """Text that is ciphertext in the database and clear text to whoever uses it; it cannot be filtered on.

    Asking the attribute of a row decrypts, and raises SecretUnreadableError when no key fits. Loading and saving a
    row does neither: what was not asked for is written back as it was stored.
    """

    descriptor_class = DecryptedOnUse

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return Ciphertext(value) if value else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002  Django's signature
        return unread(model_instance, self.attname)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Ciphertext):
            return str(value)
        return seal(str(value)) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        # Two encryptions of one text differ, so a comparison would silently find nothing.
        if lookup_name != "isnull":
            raise TypeError(f"An encrypted field cannot be looked up by {lookup_name}.")
        return super().get_lookup(lookup_name)


class KeyId(models.GeneratedField):
    """A column that the database fills. Both of ours can; Django would ask the server at each command whether it
    can, and a command that meets no server must say so in its own words."""

    def check(self, **kwargs: Any) -> list[Any]:
        return super().check(**kwargs | {"databases": []})


def key_id_of(name: str) -> Any:
    """A column that the database keeps beside an encrypted one: the id of its key, "" where nothing is stored.

    It tells whether a secret can be read without the secret being loaded.
    """
    column = models.CharField(max_length=KEY_ID_LENGTH)
    return KeyId(expression=Left(name, KEY_ID_LENGTH), output_field=column, db_persist=True)
