"""Connects a sub-account without a browser: by a private token on stdin, or by the code of a consent."""

import os
import sys
from typing import Any

from django.core.management.base import CommandParser

from integrations.connections.models import Connection
from integrations.ghl import installs, locations, oauth, outcomes
from integrations.ghl.client.errors import GhlError
from integrations.ghl.connecting import connect_private
from integrations.sync import health
from integrations.sync.management.base import Failed, SyncCommand


class Command(SyncCommand):
    help = "Connect a sub-account by a private integration token (--token-stdin) or an OAuth code (--oauth-code)."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--location", default="", help="the sub-account's id")
        parser.add_argument("--token-stdin", action="store_true", help="read a private token from stdin")
        parser.add_argument("--oauth-code", default="", help="the code that GHL's consent page sent back")
        parser.add_argument(
            "--redirect-uri", default="", help="the redirect address of the code, if it is not the usual one"
        )
        parser.add_argument(
            "--write", action="store_true", help="allow writing of contacts, tags, tasks, notes and appointments"
        )

    def run(self, **options: Any) -> dict[str, Any]:
        """{"connection", "name", "state", "capabilities": {stream: state}}"""
        if bool(options["oauth_code"]) == options["token_stdin"]:
            raise self.wrong_use("Choose how to connect: --token-stdin or --oauth-code CODE.")
        connection = self._by_token(options) if options["token_stdin"] else self._by_code(options)
        advice = " Start the first sync with: python manage.py sync" if options["verbosity"] else ""
        self.say(f"{connection.workspace.name} is connected.{advice}")
        if connection.reason:
            self.say(connection.reason)
        return _answer(connection)

    def _by_token(self, options: dict[str, Any]) -> Connection:
        if not options["location"]:
            raise self.wrong_use("--token-stdin needs --location, the id of the sub-account.")
        token = sys.stdin.readline().strip()
        if not token:
            raise self.wrong_use(
                "There was no token on stdin. Pipe it in, so that it stays out of the shell's history."
            )
        location_id = self._location(options["location"])
        return connect_private(location_id=location_id, token=token, may_write=options["write"], actor=None)

    def _location(self, text: str) -> str:
        try:
            found = locations.read_id(text)
        except ValueError as error:
            raise self.wrong_use(str(error)) from error
        if note := locations.taken_from(text, found):
            self.say(note)
        return found

    def _by_code(self, options: dict[str, Any]) -> Connection:
        """What a code was approved for counts: writing too, if its scopes say so."""
        if not oauth.is_configured():
            raise Failed("GHL_CLIENT_ID and GHL_CLIENT_SECRET must be set to exchange a code.")
        only = self._location(options["location"]) if options["location"] else ""
        address = options["redirect_uri"] or oauth.redirect_uri(_on_this_machine)
        try:
            tokens = oauth.exchange(options["oauth_code"], redirect_uri=address)
        except GhlError as error:
            outcome = outcomes.of_exchange(error)
            raise Failed(f"{outcome.title}. {outcome.text}") from error
        try:
            found = installs.settle(tokens, actor=None, only=only, named=True)
        except installs.OtherLocation as error:
            raise Failed(f"The code is for {error.signed_in_to}, not for {only}.") from error
        if isinstance(found, Connection):
            return found
        choices = [{"location": one.location_id, "name": one.name} for one in found]
        raise Failed(
            "The code opens several sub-accounts. Get a new one and name yours with --location.", locations=choices
        )


def _on_this_machine(path: str) -> str:
    return f"http://127.0.0.1:{os.environ.get('PORT') or 8000}{path}"


def _answer(connection: Connection) -> dict[str, Any]:
    abilities = health.capabilities([connection])[connection.pk]
    return {
        "connection": str(connection.pk),
        "name": connection.workspace.name,
        "state": str(connection.state),
        "capabilities": {ability.key: ability.state for ability in abilities},
    }
