"""Brings in the whole of an email when somebody opens it: a listing tells only that there is one."""

from contextlib import closing
from dataclasses import asdict
from typing import Any

from integrations.activity.models import Message
from integrations.connections import registry
from integrations.connections.ports import Lane
from integrations.sync import calls

MOST = 10  # of one thread, the latest


def read_emails(message: Message) -> list[dict[str, Any]]:
    """The emails of a message, oldest first, each asked for once and kept. Raises SyncError.

    `message` comes with its connection.
    """
    wanted = [str(one) for one in (message.email_ids or [message.remote_id])][-MOST:]
    missing = [one for one in wanted if one not in message.emails]
    if missing:
        message.emails = {**message.emails, **_asked(message, missing)}
        # This column alone: a sync may have written the others meanwhile.
        Message.objects.filter(pk=message.pk).update(emails=message.emails)
    return [message.emails[one] for one in wanted if one in message.emails]


def _asked(message: Message, ids: list[str]) -> dict[str, dict[str, Any]]:
    connection = message.connection
    with closing(registry.provider(connection.provider).reader(connection, Lane.PERSON)) as reader:
        try:
            return {one: asdict(reader.email(one)) for one in ids}
        finally:
            calls.keep_of([reader], connection.pk)
