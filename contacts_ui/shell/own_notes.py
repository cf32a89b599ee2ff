"""Who may edit a note, as the admins of its workspace have set it by role: all, those they wrote, or none."""

from collections.abc import Mapping

from django.http import Http404

from contacts_ui.shell import access
from contacts_ui.shell.http import MemberRequest, NotAllowed
from integrations.activity.models import Contact, Note
from integrations.sync.health import changes
from integrations.workspace import note_rights
from integrations.workspace.models import NoteRight, Workspace


def right_in(request: MemberRequest, workspace: Workspace) -> NoteRight:
    """Which notes the person may edit there. No query beside the one for their workspaces."""
    return note_rights.right_of(access.role_in(request, workspace), workspace)


def get_own_note_or_404(request: MemberRequest, contact: Contact, note_id: int) -> Note:
    """A note that the person may edit; any other is answered with the reason."""
    note = Note.objects.present().filter(pk=note_id, contact=contact.pk).first()
    if note is None:
        raise Http404("This contact has no such note.")
    note.contact, note.workspace, note.connection = contact, contact.workspace, contact.connection
    if why := why_not(request, note):
        raise NotAllowed(why)
    return note


def why_not(request: MemberRequest, note: Note) -> str:
    """Why the person may not edit a note, "" where they may. Up to two queries."""
    right = right_in(request, note.workspace)
    return note_rights.refusal(right, note.workspace, lambda: changes.is_own(note, request.user, note.connection))


def remote_id_among(request: MemberRequest, workspace: Workspace, emails: Mapping[str, str]) -> str:
    """Which of the provider's users the person is: the one that an admin chose, else the one with their email."""
    chosen = access.remote_user_chosen(request, workspace)
    same = [remote_id for remote_id, email in emails.items() if email.casefold() == request.user.email.casefold()]
    return chosen or (same[0] if len(same) == 1 else "")
