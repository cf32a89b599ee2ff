"""The WSGI application, which the front in config.rsgi hands whole requests to."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Somebody waits for each answer, and few threads give them: a held database is said to be so after seconds.
os.environ.setdefault("DATABASE_WAIT_SECONDS", "5")
django.setup(set_prefix=False)

from config.handler import Utf8Handler  # noqa: E402  needs the settings

application = Utf8Handler()
