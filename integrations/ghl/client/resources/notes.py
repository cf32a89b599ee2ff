"""Notes: one call a contact, there is no listing of a whole location; and every change of them."""

import builtins
from collections.abc import Mapping
from typing import Any, cast

from integrations.ghl.client.payloads import Note
from integrations.ghl.client.resources.calling import Resource, inner


class Notes(Resource):
    def list(self, contact_id: str) -> builtins.list[Note]:
        """All of them at once; the endpoint knows no pages."""
        return cast("builtins.list[Note]", self.call("list_notes", {"contact_id": contact_id}).data["notes"])

    def get(self, contact_id: str, note_id: str) -> Note:
        answer = self.call("get_note", {"contact_id": contact_id, "note_id": note_id})
        return cast(Note, answer.data["note"])

    def create(self, contact_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """`fields` in the vendor's words, `body` among them. Never sent twice: list the notes first."""
        return inner(self.call("create_note", {"contact_id": contact_id}, body=fields).data, "note")

    def update(self, contact_id: str, note_id: str, fields: Mapping[str, Any]) -> None:
        self.call("update_note", {"contact_id": contact_id, "note_id": note_id}, body=fields)

    def delete(self, contact_id: str, note_id: str) -> None:
        self.call("delete_note", {"contact_id": contact_id, "note_id": note_id})
