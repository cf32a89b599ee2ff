"""A new contact from the form to GHL: each custom field arrives there as it was typed, and comes back as such."""

import pytest
from django.utils import timezone

from integrations.activity.models import Contact, FieldDefinition
from integrations.sync.models import Write
from integrations.sync.push import outbox
from integrations.workspace.models import Membership, User

pytestmark = pytest.mark.django_db(transaction=True)
# By the name of the field: (what is typed, what GHL then holds).
TYPED = {
    "Role": ("Facility manager", "Facility manager"),
    "Sites": ("12", 12),
    "Roof type": ("Slate", "Slate"),
    "Budget": ("1,250.50", 1250.5),
    "Renewal": ("2027-03-01", "2027-03-01"),
    "Interests": (["Solar", "Drainage"], ["Solar", "Drainage"]),
    "Access notes": ("By the gate.\nRing twice.", "By the gate.\nRing twice."),
    "Preferred contact": ("Phone", "Phone"),
}


@pytest.fixture
def rep(account, client):
    person = User.objects.create_user("rep@cedar.example", "a long password of it")
    Membership.objects.create(user=person, workspace=account.connection.workspace, role=Membership.Role.REP)
    client.force_login(person)
    return client


@pytest.fixture
def fields(account):
    return dict(FieldDefinition.objects.values_list("name", "remote_id"))


def typed(fields, names=TYPED):
    return {f"custom_fields.{fields[name]}": TYPED[name][0] for name in names}


def deliver():
    write = Write.objects.latest("pk")
    state = outbox.deliver(write.pk, clock=timezone.now)
    write.refresh_from_db()
    return state, write.reason


def there(account, email):
    (row,) = [row for row in account.truth("contact") if row.get("email") == email]
    return {one["id"]: one["value"] for one in row["customFields"]}


def test_every_type_of_field_arrives(account, rep, fields):
    sent = {"first_name": "Arlo", "email": "arlo@cedar.example", **typed(fields)}
    for _ in range(2):  # pressed twice
        assert rep.post("/contacts/new/", {"form": "a" * 32, **sent}).status_code == 302

    assert deliver() == (Write.State.CONFIRMED, "")
    wanted = {fields[name]: value for name, (_, value) in TYPED.items()}
    assert there(account, "arlo@cedar.example") == wanted
    (kept,) = Contact.objects.filter(email="arlo@cedar.example")
    assert {one["id"]: one["value"] for one in kept.custom_fields} == wanted


def test_somebody_who_was_there_already_gets_only_the_fields_that_are_empty_there(account, rep, fields):
    held = [{"id": fields["Role"], "field_value": "Owner"}]
    body = {"locationId": account.sandbox.location_id, "email": "arlo@cedar.example", "customFields": held}
    assert account.sandbox.call("POST", "/contacts/", json=body).ok
    rep.post("/contacts/new/", {"email": "arlo@cedar.example", **typed(fields, ("Role", "Sites", "Interests"))})

    state, reason = deliver()
    assert (state, "had this contact already" in reason) == (Write.State.CONFIRMED, True)
    assert deliver()[0] == Write.State.CONFLICT
    wanted = {fields["Role"]: "Owner", fields["Sites"]: 12, fields["Interests"]: ["Solar", "Drainage"]}
    assert there(account, "arlo@cedar.example") == wanted
