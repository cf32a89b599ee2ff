"""The WSGI entry point that the web server loads."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

from config.handler import Utf8Handler  # noqa: E402  needs the settings

application = Utf8Handler()
