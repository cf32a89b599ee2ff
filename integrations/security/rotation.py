"""Moves every stored secret under the first key of SECRETS_KEYS, row by row: it can be stopped and resumed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Cast

from integrations.security.crypto import (
    EncryptedTextField,
    SecretUnreadableError,
    decrypt,
    is_readable,
    without_key_id,
)

BATCH = 200
# Where a second factor keeps its secrets: an app's, what recovery codes are made from, codes from elsewhere.
SECRETS, CODES = ("secret", "seed"), "migrated_codes"


@dataclass(slots=True)
class Rotation:
    """How many secrets were moved, were under the first key already, or cannot be read with any key.

    `whose` names each thing once that holds one of the last kind.
    """

    moved: int = 0
    current: int = 0
    unreadable: int = 0
    whose: dict[str, None] = field(default_factory=dict)


def rotate_all() -> Rotation:
    """Every encrypted field of every model. A row that changes meanwhile is left alone: its writer was newer."""
    newest, done = Fernet(settings.SECRETS_KEYS[0]), Rotation()
    for model, name in encrypted_fields():
        for pk, stored in _stored(model, name):
            _rotate(model, name, pk, stored, newest, done)
    _rotate_second_factors(newest, done)
    return done


def is_ciphertext(stored: str) -> bool:
    """Whether a value is a Fernet token of any key; a version byte and the high bytes of its time begin each."""
    return stored.startswith("gAAAAA")


def unreadable_second_factors() -> list[str]:
    """The addresses of people with a second factor that no key of SECRETS_KEYS fits. Nothing is decrypted."""
    return sorted({row.user.email for row in _second_factors() if not all(map(_fits, _held(row.data)))})


def encrypted_fields() -> Iterator[tuple[type[models.Model], str]]:
    """(model, field name) of every secret in the database."""
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            if isinstance(column, EncryptedTextField):
                yield model, column.name


def _stored(model: type[models.Model], name: str) -> Iterator[tuple[Any, str]]:
    """(primary key, ciphertext), a batch of keys at a time: rows are updated between the reads."""
    rows = _raw(model, name).exclude(stored="").exclude(stored=None).order_by("pk")
    last = None
    while batch := list((rows if last is None else rows.filter(pk__gt=last)).values_list("pk", "stored")[:BATCH]):
        yield from batch
        last = batch[-1][0]


def _raw(model: type[models.Model], name: str) -> models.QuerySet[Any]:
    # The cast takes the field's decryption away and leaves the text as it is stored.
    return model._default_manager.annotate(stored=Cast(F(name), models.TextField()))


def _rotate(model: type[models.Model], name: str, pk: Any, stored: str, newest: Fernet, done: Rotation) -> None:
    if _opens(newest, stored):
        done.current += 1
        return
    try:
        clear = decrypt(stored)
    except SecretUnreadableError:
        done.unreadable += 1
        done.whose[str(model._default_manager.filter(pk=pk).first() or "One that is now deleted")] = None
        return
    # Only while it is what was read: a token refreshed this moment must not be put back to the one before.
    done.moved += _raw(model, name).filter(pk=pk, stored=stored).update(**{name: clear})


def _rotate_second_factors(newest: Fernet, done: Rotation) -> None:
    """allauth keeps its secrets inside a JSON column, encrypted by the adapter in MFA_ADAPTER."""
    rows = _second_factors()
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
        # Locked: a recovery code that is used up this moment must stay used up.
        with transaction.atomic():
            row = rows.select_for_update(of=("self",)).filter(pk=pk).first()
            if row is None:
                continue
            if not all(map(_fits, _held(row.data))):
                done.whose[f"Second factor of {row.user.email}"] = None
            data = {name: _moved(name, value, newest, done) for name, value in row.data.items()}
            if data != row.data:
                row.data = data
                row.save(update_fields=["data"])


def _second_factors() -> models.QuerySet[Any]:
    found: models.QuerySet[Any] = apps.get_model("mfa", "Authenticator")._default_manager.select_related("user")
    return found


def _held(data: dict[str, Any]) -> list[str]:
    """The secrets of one second factor, as they are stored."""
    return [data[name] for name in SECRETS if name in data] + list(data.get(CODES, ()))


def _fits(stored: str) -> bool:
    return not is_ciphertext(stored) or is_readable(stored)


def _moved(name: str, value: Any, newest: Fernet, done: Rotation) -> Any:
    if name == CODES:
        return [_under(newest, code, done) for code in value]
    return _under(newest, value, done) if name in SECRETS else value


def _under(newest: Fernet, stored: str, done: Rotation) -> str:
    if _opens(newest, stored):
        done.current += 1
        return stored
    try:
        clear = decrypt(stored) if is_ciphertext(stored) else stored
    except SecretUnreadableError:
        done.unreadable += 1
        return stored
    done.moved += 1
    return newest.encrypt(clear.encode()).decode()


def _opens(key: Fernet, stored: str) -> bool:
    try:
        key.decrypt(without_key_id(stored).encode())
    except InvalidToken:
        return False
    return True
