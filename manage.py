#!/usr/bin/env python
"""Runs Throughline's management commands; failures are one sentence unless --traceback asks for more."""

import os
import sys


def main() -> None:
    """Hand the arguments to Django; configuration errors end with exit status 1 and one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(f"Configuration error: {error}")


if __name__ == "__main__":
    main()
