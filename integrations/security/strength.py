"""How hard SECRET_KEY is to guess, by the rule that Django's deployment check has."""

LEAST_LENGTH, LEAST_LETTERS, MADE_FOR_DEVELOPMENT = 50, 5, "django-insecure-"
ADVICE = "Make a new one with: python -m config.embedded SECRET_KEY. Everybody then signs in again."


def weakness_of_secret_key(key: str) -> str:
    """A sentence on what is wrong with it, without the key; empty when nothing is."""
    if key.startswith(MADE_FOR_DEVELOPMENT):
        return "SECRET_KEY is weak: it was made for development and stands in public code."
    if len(key) < LEAST_LENGTH:
        return f"SECRET_KEY is weak: it has {len(key)} of at least {LEAST_LENGTH} letters."
    if len(set(key)) < LEAST_LETTERS:
        return f"SECRET_KEY is weak: it has {len(set(key))} of at least {LEAST_LETTERS} different letters."
    return ""
