"""Conversations: the messages of a sub-account or of one contact, one message, the whole of one email."""

from typing import Any, Literal, cast

from integrations.ghl.client.payloads import Email, Message, MessagePage
from integrations.ghl.client.resources.calling import Resource


class Conversations(Resource):
    def export(
        self,
        location_id: str,
        limit: int = 100,
        *,
        cursor: str | None = None,
        channel: str | None = None,
        contact_id: str | None = None,
        sort_by: Literal["createdAt", "updatedAt"] = "createdAt",
        sort_order: Literal["asc", "desc"] = "desc",
    ) -> MessagePage:
        """A page of messages. Without a `channel` there are no emails, which have to be asked for as "Email"."""
        query = {
            "locationId": location_id,
            "limit": limit,
            "cursor": cursor,
            "channel": channel,
            "contactId": contact_id,
            "sortBy": sort_by,
            "sortOrder": sort_order,
        }
        return cast(MessagePage, self.call("export_messages", query=query).data)

    def message(self, message_id: str) -> Message:
        """The message itself is the answer, or lies in a key of it."""
        data: Any = self.call("get_message", {"message_id": message_id}).data
        inner = data.get("message")
        return cast(Message, inner if isinstance(inner, dict) else data)

    def email(self, email_id: str) -> Email:
        """With its whole body. A message of the export names the ids of its emails, one for each of a thread."""
        data: Any = self.call("get_email", {"email_id": email_id}).data
        inner = data.get("emailMessage")
        return cast(Email, inner if isinstance(inner, dict) else data)
