"""`manage.py sandbox`: the GoHighLevel stand-in as a process of its own."""

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from integrations.sandbox.cli import add_arguments, options_from, serve


class Command(BaseCommand):
    """Touches neither database nor settings: it only shares the command line."""

    help = "Serve a stand-in for the GoHighLevel API. The first line of output is JSON with its address and keys."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        arguments = argparse.Namespace(**options)
        sys.exit(serve(options_from(arguments), arguments.host, arguments.port))
