"""The WSGI application, which the front in config.asgi hands whole requests to."""

import os

import django

from config.parent import end_with_parent

# First of all: what follows takes a second, in which the server may be killed.
end_with_parent()


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Somebody waits for each answer, and few threads give them: a held database is said to be so after seconds.
os.environ.setdefault("DATABASE_WAIT_SECONDS", "3")
django.setup(set_prefix=False)

from config import static_files  # noqa: E402  needs the settings
from config.handler import Utf8Handler  # noqa: E402  needs the settings
from integrations.sync.doorbell import ring_behind_answers  # noqa: E402  needs the settings

static_files.warn()
ring_behind_answers()
application = Utf8Handler()
