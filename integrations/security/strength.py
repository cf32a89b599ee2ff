"""How well secrets are kept: how hard SECRET_KEY is to guess, and who can read the settings file."""

from pathlib import Path

LEAST_LENGTH, LEAST_LETTERS, MADE_FOR_DEVELOPMENT = 50, 5, "django-insecure-"
ADVICE = "Make a new one with: python -m config.embedded SECRET_KEY. Everybody then signs in again."


def weakness_of_secret_key(key: str) -> str:
    """A sentence on what is wrong with it by Django's rule, without the key; empty when nothing is."""
    if key.startswith(MADE_FOR_DEVELOPMENT):
        return "SECRET_KEY is weak: it was made for development and stands in public code."
    if len(key) < LEAST_LENGTH:
        return f"SECRET_KEY is weak: it has {len(key)} of at least {LEAST_LENGTH} letters."
    if len(set(key)) < LEAST_LETTERS:
        return f"SECRET_KEY is weak: it has {len(set(key))} of at least {LEAST_LETTERS} different letters."
    return ""


def is_readable_by_others(path: Path) -> bool:
    """Whether other users of this machine can read a settings file, which may hold secrets."""
    try:
        return path.is_file() and bool(path.stat().st_mode & 0o044)
    except OSError:
        return False
