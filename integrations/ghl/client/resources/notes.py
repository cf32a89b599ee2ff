"""Notes: one call a contact, there is no listing of a whole location."""

import builtins
from typing import cast

from integrations.ghl.client.payloads import Note
from integrations.ghl.client.resources.calling import Resource


class Notes(Resource):
    def list(self, contact_id: str) -> builtins.list[Note]:
        """All of them at once; the endpoint knows no pages."""
        return cast("builtins.list[Note]", self.call("list_notes", {"contact_id": contact_id}).data["notes"])

    def get(self, contact_id: str, note_id: str) -> Note:
        answer = self.call("get_note", {"contact_id": contact_id, "note_id": note_id})
        return cast(Note, answer.data["note"])
