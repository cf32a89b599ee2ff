"""The WSGI entry point that the web server loads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Somebody waits for each answer, and few threads give them: a held database is said to be so after seconds.
os.environ.setdefault("DATABASE_WAIT_SECONDS", "5")
application = get_wsgi_application()
