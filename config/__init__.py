"""Wires the applications together: settings, URLs, Celery, logging. Knows every app; no app knows it."""
