"""The Celery app: two queues and one tick; rows in the database say what is due, the broker only rings.

Imported by the settings, so that web processes and commands ring the broker of the workers: without it Celery
falls back to an app of its own with a default address, and every ring is lost without a word.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("throughline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
