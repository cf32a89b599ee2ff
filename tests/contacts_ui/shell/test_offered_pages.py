"""Every address of the URLconf is one that a page of ours leads to, or stands in a short table with its reason."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import Resolver404, get_resolver, resolve
from django.utils import timezone

from integrations.activity.kinds.message import Email
from integrations.ghl.models import ParkedInstall
from integrations.sync.models import Conflict, RecordFailure
from integrations.sync.push.commands import new_write
from tests.conftest import home_of, of_ghl

REACHED_WITHOUT_A_LINK = {
    "account_inactive": "signing in to a closed account leads here",
    "account_set_password": "the password page sends a person without a password here",
    "account_reset_password_done": "asking for a new password leads here",
    "account_reset_password_from_key": "the mail links here",
    "account_reset_password_from_key_done": "choosing the new password leads here",
    "mfa_authenticate": "signing in with a second factor leads here",
    "contacts_ui:contact-batch": "what was asked for many contacts at once leads here",
    "contacts_ui:contact-batch-retry": "what failed of it can be sent again there",
    "contacts_ui:contact-new-status": "a new contact is waited for here",
    "contacts_ui:change": "a change on its way asks here how it goes on",
    "ghl:callback": "GHL sends the browser back to here",
    "ghl:webhook": "GHL posts its events here",
    "ghl:webhook-bare": "the same, entered without its last slash",
    "hooks:hook": "a system that is connected posts its events here",
    "hooks:hook-bare": "the same, entered without its last slash",
    "hooks:hook-of-event": "the same for a system whose addresses name the event",
    "hooks:hook-of-event-bare": "the same, entered without its last slash",
}
PLACES = re.compile(r'\s(?:href|src|action|formaction|formaction|hx-get|hx-post|data-address|data-hold)="([^"]*)"')
MOST_PAGES = 300


def names(patterns=None, space: str = "") -> Iterator[str]:
    """The name of every address, with its namespace."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from names(pattern.url_patterns, space + inner)
        else:
            yield f"{space}{pattern.name}"


def name_of(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def links(client: Client, start: str = "/") -> set[str]:
    """The names of the addresses that the pages a browser comes to link to; a page's link to itself is none."""
    waiting, seen, found = [start], set(), set()
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop(0)
        answer = client.get(address, follow=True)
        here = answer.request["PATH_INFO"]
        for place in PLACES.findall(answer.text if "text/html" in answer["Content-Type"] else ""):
            target = urlsplit(urljoin(here, unescape(place)))
            name = name_of(target.path)
            if target.netloc or not name:
                continue
            if name != name_of(here):
                found.add(name)
            if target.path not in seen:
                seen.add(target.path)
                waiting.append(target.path)
    return found


@pytest.fixture
def talk(workspace, make_contact, make_message, make_change):
    """A contact with a change, and an email that was opened before."""
    contact = make_contact(workspace, "Talkative")
    make_change(contact, phone=("", "+15550100188"))
    opened = asdict(Email(body='<img src="https://pictures.example/roof.png">'))
    make_message(contact, "", channel="email", email_ids=["e1"], emails={"e1": opened})


@pytest.fixture
def everything(
    workspace,
    make_contact,
    make_task,
    make_note,
    make_appointment,
    make_run,
    make_running,
    make_write,
    make_business,
    staff,
    alice,
):
    """One of each thing that a page shows with links of its own."""
    of_ghl(home_of(workspace), may_write=True)
    ParkedInstall.objects.create(user_type="Location", location_id="another", access_token="of-a-test")
    contact = make_contact(workspace, business_remote_id=make_business(workspace).remote_id)
    make_task(contact)
    make_task(contact, "Called back", due_in=-1, is_completed=True)
    make_note(contact, is_pinned=True)
    make_note(contact)
    make_appointment(contact)
    make_appointment(contact, starts_in=-1)
    lost = {"run": make_run(workspace, contacts={"added": 1}), "connection": home_of(workspace)}
    RecordFailure.objects.create(stream="tasks", remote_id="t9", contact_remote_id=contact.remote_id, **lost)
    make_running(workspace)
    make_write(workspace, "failed", actor=alice)
    crossed = make_write(workspace, "conflict", actor=alice)
    Conflict.objects.create(write=crossed, field="is_completed", mine=True, theirs=False)
    edit = new_write("task.update", crossed.target, {"title": "Wait"}, actor=alice, not_before=timezone.now())
    edit.state = "failed"
    edit.save()
    make_write(workspace, "queued", actor=alice, not_before=timezone.now() + timedelta(hours=1))
    TOTP.activate(staff, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(staff)


def test_every_address_is_linked_from_a_page_of_ours_or_stands_in_the_table(
    everything, talk, client, as_alice, as_bob, as_carol, as_staff
):
    linked = set().union(*(links(browser) for browser in (client, as_alice, as_bob, as_carol, as_staff)))

    assert set(names()) - linked == set(REACHED_WITHOUT_A_LINK)
