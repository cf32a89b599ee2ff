"""One email: its whole body is asked for when somebody opens it, and its pictures when somebody wants them."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from contacts_ui.emails.letters import letters
from contacts_ui.shell import access
from contacts_ui.shell.htmx import render_page_or_fragment
from contacts_ui.shell.http import MemberRequest
from integrations.activity.kinds import message
from integrations.activity.models import Contact, Message
from integrations.connections.ports import SyncError
from integrations.security import callouts
from integrations.sync import commands

TEMPLATE = "contacts_ui/emails/email.html"
# A page by itself that nothing can run in: it may show pictures from the web, and nothing else.
PICTURES_ONLY = {
    "default-src": ["'none'"],
    "img-src": ["https:", "http:"],
    "style-src": ["'self'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@require_safe
@login_required
def show_email(request: MemberRequest, contact_id: int, message_id: int) -> HttpResponse:
    """The emails of a message without their pictures, in its row or as a page."""
    contact = access.get_contact_or_404(request, contact_id)
    mail = _email_or_404(contact, message_id)
    context: dict[str, Any] = {"contact": contact, "mail": mail}
    status = 200
    try:
        if not mail.emails:
            with callouts.lane(request, "email"):
                commands.read_emails(mail)
        context["letters"] = letters(commands.read_emails(mail))
    except callouts.Held as held:
        context["why"], status = str(held), held.status
    except SyncError as error:
        context["why"], context["detail"] = str(error), error.detail
    response = render_page_or_fragment(request, TEMPLATE, context, fragment="letters", status=status)
    if status != 200:
        response["X-Part"] = "1"  # shown although it is no success: static/js/notices.js
    return response


@require_safe
@login_required
@xframe_options_sameorigin
@csp_override(PICTURES_ONLY)
def show_pictures(request: MemberRequest, contact_id: int, message_id: int) -> HttpResponse:
    """The same with the pictures, as a page for a frame; what was never opened is not asked for here."""
    contact = access.get_contact_or_404(request, contact_id)
    mail = _email_or_404(contact, message_id)
    kept = [mail.emails[one] for one in mail.email_ids or [mail.remote_id] if one in mail.emails]
    response = render(request, "contacts_ui/emails/pictures.html", {"letters": letters(kept, with_pictures=True)})
    response["Referrer-Policy"] = "no-referrer"
    return response


def _email_or_404(contact: Contact, message_id: int) -> Message:
    found = Message.objects.present().filter(pk=message_id, contact=contact, channel=message.EMAIL)
    mail = found.select_related("connection").first()
    if mail is None:
        raise Http404
    return mail
