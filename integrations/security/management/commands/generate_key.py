"""Prints a fresh random key, for SECRET_KEY or for SECRETS_KEYS."""

import secrets
from typing import Any

from cryptography.fernet import Fernet
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Print a key for SECRET_KEY, or with --secrets one for SECRETS_KEYS."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--secrets", action="store_true", help="a key that encrypts stored tokens")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django passes positions
        self.stdout.write(Fernet.generate_key().decode() if options["secrets"] else secrets.token_urlsafe(64))
