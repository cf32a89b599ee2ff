"""Wires the applications together: settings, URLs, Celery, logging. Knows every app; no app knows it."""

# Imported here so that web processes and commands ring the broker of the workers: without it Celery falls back
# to an app of its own with a default address, and every ring is lost without a word.
from config.celery import app as celery_app

__all__ = ["celery_app"]
