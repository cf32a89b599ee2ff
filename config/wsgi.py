"""The WSGI entry point that the web server loads."""

import os

from config.parent import end_with_parent

# First of all: what follows takes a second, in which the server may be killed.
end_with_parent()

from django.core.wsgi import get_wsgi_application  # noqa: E402

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
