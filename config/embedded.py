"""The embedded default set-up: where data lives and the key pair generated on first start."""

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured


def data_dir(path: Path) -> Path:
    """Create the data folder, readable by its owner only, and return it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def kept_secret(folder: Path, name: str, given: str, *, embedded: bool) -> str:
    """The given value, else one generated once into the data folder; never generated outside the embedded set-up.

    A server with its own database has more than one machine or volume: a key generated on one of them
    would make the secrets of the others unreadable.
    """
    if given:
        return given
    if not embedded:
        raise ImproperlyConfigured(
            f"{name} must be set when DATABASE_URL is set. Generate one with: python manage.py generate_key"
        )
    path = folder / name.lower()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(fresh_key(name))
    return path.read_text().strip()


def fresh_key(name: str) -> str:
    """A new random value fit for SECRET_KEY (any text) or SECRETS_KEYS (a Fernet key)."""
    return Fernet.generate_key().decode() if name == "SECRETS_KEYS" else secrets.token_urlsafe(64)
