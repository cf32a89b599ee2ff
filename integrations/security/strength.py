"""How well secrets are kept: how hard SECRET_KEY is to guess, and who can read the settings file."""

from pathlib import Path

from django.core.checks.security import base as django

ADVICE = "Make a new one with: python -m config.embedded SECRET_KEY. Everyone then has to sign in again."


def weakness_of_secret_key(key: str) -> str:
    """A sentence on what is wrong with it by Django's rule, without the key; empty when nothing is."""
    if key.startswith(django.SECRET_KEY_INSECURE_PREFIX):
        return "SECRET_KEY is weak: it was made for development and stands in public code."
    if len(key) < (least := django.SECRET_KEY_MIN_LENGTH):
        return f"SECRET_KEY is weak: it has {len(key)} of at least {least} characters."
    if len(set(key)) < (least := django.SECRET_KEY_MIN_UNIQUE_CHARACTERS):
        return f"SECRET_KEY is weak: it has {len(set(key))} of at least {least} different characters."
    return ""


def is_readable_by_others(path: Path) -> bool:
    """Whether other users of this machine can read a settings file, which may hold secrets."""
    try:
        return path.is_file() and bool(path.stat().st_mode & 0o044)
    except OSError:
        return False
