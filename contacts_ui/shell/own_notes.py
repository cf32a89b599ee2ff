"""Who may change a note: managers and admins every one, a rep those that they wrote."""

from collections.abc import Mapping

from django.http import Http404

from contacts_ui.shell import access
from contacts_ui.shell.http import MemberRequest
from integrations.activity.models import Contact, Note
from integrations.sync.health import changes
from integrations.workspace.models import Workspace


def get_own_note_or_404(request: MemberRequest, contact: Contact, note_id: int) -> Note:
    """A note that the person may change: a manager and an admin every one, a rep those that they wrote."""
    note = Note.objects.present().filter(pk=note_id, contact=contact.pk).first()
    if note is None:
        raise Http404("This contact has no such note.")
    note.contact, note.workspace, note.connection = contact, contact.workspace, contact.connection
    if not (access.oversees(request, contact.workspace) or changes.is_own(note, request.user)):
        raise Http404("Only who wrote this note, a manager or an admin may change it.")
    return note


def remote_id_among(request: MemberRequest, workspace: Workspace, emails: Mapping[str, str]) -> str:
    """Which of the provider's users the person is: the one that an admin chose, else the one with their email."""
    chosen = access.remote_user_chosen(request, workspace)
    same = [remote_id for remote_id, email in emails.items() if email.casefold() == request.user.email.casefold()]
    return chosen or (same[0] if len(same) == 1 else "")
