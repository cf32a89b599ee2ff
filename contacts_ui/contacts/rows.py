"""Finds what each row of the contact list shows beside its contact's own columns."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from contacts_ui.components.owners import Person, owner_of
from contacts_ui.contacts.query import Listed
from contacts_ui.contacts.row_html import Row, draw
from integrations.activity.beside import Beside, beside
from integrations.activity.recent import Weeks

ALONE = Beside("", None)  # of a contact that went for good a moment ago


def drawn(
    contacts: Sequence[Listed],
    query: str,
    owners: Mapping[str, Person],
    codes: Mapping[int, str],
    *,
    now: datetime,
    as_of: datetime,
) -> SafeString:
    """The rows of a page in its order, as HTML: the next steps as of one moment, all else as of now.

    One query: firms and next steps.
    """
    known = beside([contact.pk for contact in contacts], now=as_of)
    page, here = reverse("contacts_ui:contact-timeline", args=[0]), timezone.localtime(now)
    firms, weeks = reverse("contacts_ui:business", args=[0]), Weeks(here.date())
    rows = (
        Row(
            pk=contact.pk,
            url=page.replace("/0/", f"/{contact.pk}/"),
            name=str(contact),
            business=known.get(contact.pk, ALONE).business or contact.company,
            owner=owner_of(contact.owner_remote_id, owners),
            tags=tuple(map(str, contact.tag_names)),
            weeks=weeks.counts(contact.entries_by_day),
            last_activity_at=contact.last_activity_at,
            next_step=known.get(contact.pk, ALONE).next_step,
            late=known.get(contact.pk, ALONE).late,
            code=codes.get(contact.workspace_id, ""),
            firm_url=_firm_url(firms, known.get(contact.pk, ALONE).firm),
        )
        for contact in contacts
    )
    return SafeString("".join(draw(row, query, here) for row in rows))


def _firm_url(address: str, firm: int | None) -> str:
    return address.replace("/0/", f"/{firm}/") if firm else ""
