"""Two workspaces, seven kinds of people, and one of everything that an address can name."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.test import Client
from django.utils import timezone

from integrations.activity.kinds.message import Email
from integrations.activity.models import Contact
from integrations.ghl.models import ParkedInstall
from integrations.sync.models import Conflict, RecordFailure, SyncSchedule, Write
from integrations.sync.push.commands import new_write
from integrations.workspace.models import Membership, User, Workspace
from tests.conftest import PASSWORD, a_workspace, home_of, of_ghl, person
from tests.sandbox.process import Sandbox

ROLES = ("visitor", "nobody", "rep", "manager", "admin", "stranger", "staff")
NAME = "Whitlock"  # of the contact: whoever may not see that contact must not find it in any answer


@dataclass(frozen=True)
class World:
    """`people` by role, the visitor being None; what an address names, `known` here and `foreign` elsewhere."""

    people: dict[str, User | None]
    workspace: Workspace
    elsewhere: Workspace
    known: dict[str, Any]
    foreign: dict[str, Any]

    def browser(self, role: str, host: str) -> Client:
        """A browser of somebody who signed in a while ago: longer than what asks for the password again."""
        client = Client(headers={"host": host}, raise_request_exception=False)
        if user := self.people[role]:
            client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        return client


def just_signed_in(session: SessionBase) -> None:
    """What allauth notes when somebody gave their password a moment ago."""
    session["account_authentication_methods"] = [
        {"method": "password", "at": timezone.now().timestamp(), "email": "x@example.com"}
    ]
    session.save()


def build(request: Any, ghl: Sandbox) -> World:
    """`request` gives the makers of rows; `ghl` is what both workspaces are connected to."""
    workspace = a_workspace("Cedar North", "America/New_York", provider="ghl")
    elsewhere = a_workspace("Cedar South", "Europe/London", provider="ghl")
    Role = Membership.Role
    people = {
        "visitor": None,
        "nobody": User.objects.create_user("nobody@example.com", PASSWORD),
        "rep": person("rep@example.com", workspace, Role.REP),
        "manager": person("manager@example.com", workspace, Role.MANAGER),
        "admin": person("admin@example.com", workspace, Role.ADMIN),
        "stranger": person("stranger@example.com", elsewhere, Role.ADMIN),
        "staff": User.objects.create_superuser("staff@example.com", PASSWORD),
    }
    places = ghl.info()["locations"]
    known = _fill(request, workspace, places[0]["id"], ghl.pit, f"Dana {NAME}", people["rep"])
    foreign = _fill(request, elsewhere, places[1]["id"], "pit-of-the-other", "Owen Tate")
    install = ParkedInstall.objects.create(
        user_type="Location", location_id=places[0]["id"], access_token=ghl.pit, scopes=["contacts.readonly"]
    )
    return World(people, workspace, elsewhere, known | {"install_id": install.pk}, foreign)


def _fill(
    request: Any, place: Workspace, location_id: str, token: str, name: str, actor: User | None = None
) -> dict[str, Any]:
    make = request.getfixturevalue
    now = timezone.now()
    of_ghl(home_of(place), location_id, access_token=token, may_write=True)
    contact: Contact = make("make_contact")(place, name, tags=("vip",), email="dana@example.com")
    make("make_note")(contact, "Left a voicemail.", is_pinned=True)
    note = make("make_note")(contact, "Asked for a quote.", days_ago=3)
    meeting = make("make_appointment")(contact)
    make("make_change")(contact, phone=("", "+15550100188"))
    make("make_deal")(contact)
    make("make_message")(contact, "Are you coming?")
    opened = asdict(Email(subject="Quote", body="Dear Dana", sent_at="2026-03-02T10:00:00Z"))
    mail = make("make_message")(contact, "", channel="email", email_ids=["e1"], emails={"e1": opened})
    task = make("make_task")(contact, "Send the quote")
    failed = new_write("task.complete", task, state="failed", reason="GHL said no.", not_before=now, actor=actor)
    failed.batch = f"batch{contact.pk}"
    failed.save()
    creation = Write(connection=contact.connection, operation="contact.create", kind="contact", not_before=now)
    creation.changes, creation.base, creation.actor, creation.state = {"first_name": name}, {}, actor, "failed"
    creation.save()
    business = make("make_business")(place)
    crossed = new_write("task.update", task, {"title": "Send it"}, state="conflict", not_before=now, actor=actor)
    crossed.save()
    make("make_run")(place, "partial", minutes_ago=60, contacts={"read": 3, "added": 3}, notes={"read": 3})
    run = make("make_running")(place)
    unread = RecordFailure.objects.create(
        run=run, connection=run.connection, stream="notes", remote_id="n9", reason="It has no id."
    )
    SyncSchedule.objects.create(connection=home_of(place), last_synced_at=now - timedelta(minutes=5))
    return {
        "contact_id": contact.pk,
        "task_id": task.pk,
        "name": f"task-{task.pk}",
        "note_id": note.pk,
        "appointment_id": meeting.pk,
        "message_id": mail.pk,
        "run_id": run.pk,
        "write_id": failed.pk,
        "creation_id": creation.pk,
        "batch": failed.batch,
        "business_id": business.pk,
        "conflict_id": Conflict.objects.create(write=crossed, field="title", mine="Send it", theirs="Wait").pk,
        "failure_id": unread.pk,
        "workspace_id": place.pk,
        "stream": "notes",
        # Of a webhook: no system that is connected here has addresses of this form.
        "provider": "nobody",
        "token": "a-token-of-twenty-letters",
        "event": "booked",
    }
