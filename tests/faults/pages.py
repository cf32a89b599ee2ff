"""What the contact's page says of a confirmed write, for every operation."""

import html
import re

from integrations.activity.models import Business, Contact

# Patterns of a page's words, in which `it` stands before the row of the record. A title and a body may be somebody
# else's by now, where only another field was wished.
SHOWN = {
    "contact.create": "Lucía",
    "contact.update": "Wished",
    "contact.delete": "Deleted in GHL",
    "contact.add_tags": "Tags .*wished.* Edit tags",
    "contact.set_business": "{firm}",
    "task.create": "{it} Wished",
    "task.update": "{it} Wished",
    "task.complete": "{it} (Old|Theirs) Confirmed in GHL",
    "task.reopen": "{it} (Old|Theirs) Confirmed in GHL",
    "note.create": "{it} You added a note .{{0,80}}Wished",
    "note.update": "{it} Unknown user added a note.{{0,300}}Wished",
    "note.pin": "(Old|Theirs) Today",
    "appointment.create": "{it} Wished",
    "appointment.update": "{it} Wished",
    "appointment.cancel": "{it} (Old|Theirs) Cancelled",
    "appointment.showed": "{it} (Old|Theirs) Showed",
    "appointment.no_show": "{it} (Old|Theirs) No show",
}
GONE = {
    "contact.remove_tags": "Tags .*going.* Edit tags",
    "task.delete": "{it}",
    "note.delete": "{it}",
    "note.unpin": "(Old|Theirs) Today",
}


def is_shown(client, write):
    """Whether the contact's page says what was wished and confirmed, or no more of what is gone."""
    firm = Business.objects.filter(remote_id=write.changes.get("business_remote_id")).first()
    words = (SHOWN | GONE)[write.operation].format(it=rf"\[{write.kind}-{write.target_id}\]", firm=firm)
    return bool(re.search(words, _words(client, write))) is (write.operation in SHOWN)


def _words(client, write):
    """The page in words alone; before each row stands of which record it is."""
    contact = Contact.objects.get(pk=write.contact_id)
    shown = html.unescape(client.get(f"/contacts/{contact.pk}/").content.decode())
    shown = re.sub(r'<[^>]* data-source="([^"]+)"[^>]*>', r"[\1] ", shown)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown))
