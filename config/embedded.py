"""The embedded default set-up: the key pair generated on first start."""

import os
import secrets
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured


def fresh_key(name: str) -> str:
    """A new random value fit for SECRET_KEY (any text) or SECRETS_KEYS (a Fernet key)."""
    return Fernet.generate_key().decode() if name == "SECRETS_KEYS" else secrets.token_urlsafe(64)


def kept_secret(
    folder: Path, name: str, given: str, *, embedded: bool, make: Callable[[str], str] = fresh_key
) -> str:
    """The given value, else one generated once into the data folder; never generated outside the embedded set-up.

    A server with its own database has more than one machine or volume: a key generated on one of them
    would make the secrets of the others unreadable.
    """
    if given:
        return given
    if not embedded:
        raise ImproperlyConfigured(
            f"{name} must be set when DATABASE_URL is set. Make one with: python -m config.embedded {name}"
        )
    path = folder / name.lower()
    try:
        if not path.exists():
            _write_once(path, name, make)
        key = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The generated {name} cannot be kept in {path} ({error.strerror}). Set {name}, or another DATA_DIR."
        ) from error
    if not key:
        raise ImproperlyConfigured(
            f"{path} is empty, so what its key encrypted or signed cannot be read. Put the key back from a "
            "backup; if there is none, delete the file for a new key, then sign in and connect accounts again."
        )
    return key


def _write_once(path: Path, name: str, make: Callable[[str], str]) -> None:
    """The file with a whole key in it, or no file: processes start side by side, and any may be killed here."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # its owner's only
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(make(name))
            file.flush()
            os.fsync(descriptor)
        # A link, unlike a rename, never replaces the key of whoever was faster.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)


def fernet_keys(value: str) -> list[str]:
    """The keys of SECRETS_KEYS, each proven to be one: a mistake must show at start, not when a token is read."""
    keys = [key.strip() for key in value.split(",") if key.strip()]
    if not keys:
        raise ImproperlyConfigured(
            "SECRETS_KEYS holds no key. Make one with: python -m config.embedded SECRETS_KEYS"
        )
    for key in keys:
        try:
            Fernet(key)
        except ValueError as error:
            raise ImproperlyConfigured(
                "SECRETS_KEYS holds a value that is not a Fernet key. Make one with: "
                "python -m config.embedded SECRETS_KEYS"
            ) from error
    return keys


if __name__ == "__main__":
    # Its own entry point: a management command could not start without the very settings it is to make.
    print(fresh_key(sys.argv[-1]))  # noqa: T201
