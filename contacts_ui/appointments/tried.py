"""What somebody asked for before and did not get: their form comes back as they left it, with the reason."""

from datetime import datetime
from typing import Any

from contacts_ui.components.record_form import RecordForm
from contacts_ui.formatting.clock import local
from contacts_ui.shell import access
from contacts_ui.shell.address import id_in
from contacts_ui.shell.http import MemberRequest
from integrations.activity.kinds.appointment import KIND
from integrations.activity.models import Contact
from integrations.sync.health.writes import UNSENT, Write

SHOWN = {"calendar_remote_id": "calendar_id", "owner_remote_id": "owner_id", "title": "title"}


def tried_in(request: MemberRequest, contact: Contact) -> Write | None:
    """The failed change that the address or the form names (`again`)."""
    asked = id_in(request.POST if request.method == "POST" else request.GET, "again")
    write = access.get_write_or_404(request, asked) if asked else None
    is_it = write and write.kind == KIND.name and write.contact_id == contact.pk and write.state in UNSENT
    return write if is_it else None


def with_tried(form: RecordForm, write: Write | None) -> RecordForm:
    """The form as it was sent then."""
    if write is None:
        return form
    values = {**form.values, **{SHOWN[name]: value for name, value in write.changes.items() if name in SHOWN}}
    values |= _when(write.changes)
    field = SHOWN.get(write.unfit, "start_at")
    return RecordForm(values, form.opened, {field: write.reason}, token=form.token)


def _when(changes: dict[str, Any]) -> dict[str, str]:
    if "start_at" not in changes:
        return {}
    start = local(datetime.fromisoformat(changes["start_at"]))
    return {"day": start.date().isoformat(), "time": f"{start:%H:%M}"}
