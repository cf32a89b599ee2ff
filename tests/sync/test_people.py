"""Who a person here is at the provider, and what they make there is theirs."""

from dataclasses import replace

import pytest
from django.utils import timezone

from integrations.activity.kinds.user import UserRecord
from integrations.activity.models import ActivityEntry, Contact, RemoteUser
from integrations.sync import commands
from integrations.sync.people import remote_user_of
from integrations.sync.push import outbox
from tests.sync.conftest import a_contact

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def contact(full, remote):
    """A contact in an account where Alice works as u1."""
    remote.add(a_contact(1), a_user(1, email="Alice@Example.com"), a_user(2, email="other@example.com"))
    full()
    return Contact.objects.get()


def a_user(number, **fields):
    return UserRecord(remote_id=f"u{number}", name=f"User {number}", **fields)


def choose(user, remote_id):
    user.memberships.update(remote_user_id=remote_id)


def called(user, contact):
    found = remote_user_of(user, contact.workspace)
    return found and found.remote_id


def test_the_user_with_the_same_email_is_them(contact, alice):
    assert called(alice, contact) == "u1"


def test_capitals_of_an_email_do_not_matter_here_either(contact, alice):
    alice.email = "ALICE@example.com"

    assert called(alice, contact) == "u1"


def test_whoever_was_chosen_comes_before_the_email(contact, alice):
    choose(alice, "u2")

    assert called(alice, contact) == "u2"


def test_one_who_left_counts_no_more(contact, alice):
    choose(alice, "u2")
    RemoteUser.objects.filter(remote_id="u2").update(deleted_at=timezone.now())

    assert called(alice, contact) == "u1"


def test_nobody_is_guessed_where_two_have_the_email(contact, alice):
    RemoteUser.objects.filter(remote_id="u2").update(email="alice@example.com")

    assert called(alice, contact) is None


def test_nobody_and_a_stranger_are_nobody_there(contact, mallory):
    assert called(None, contact) is None
    assert called(mallory, contact) is None


@pytest.mark.parametrize(
    ("operation", "fields", "field"),
    [
        ("note.create", {"body": "Spoke"}, "author_remote_id"),
        ("task.create", {"title": "Call"}, "owner_remote_id"),
    ],
)
def test_what_somebody_makes_is_theirs_unless_they_name_another(contact, alice, bob, operation, fields, field):
    def made_by(actor, **more):
        made = commands.create(operation, contact.connection, fields | more, contact=contact, actor=actor)
        return made.changes.get(field)

    assert made_by(alice) == "u1"
    assert made_by(alice, **{field: "u2"}) == "u2"
    assert made_by(bob) is None


def test_who_made_something_here_is_kept_with_its_row_whatever_the_provider_says_of_it(contact, remote, bob, full):
    write = commands.create("note.create", contact.connection, {"body": "Spoke"}, contact=contact, actor=bob)
    outbox.deliver(write.pk, now=write.not_before)

    def made_by():
        return ActivityEntry.objects.get(kind="note").made_by

    assert made_by() == bob
    (note,) = remote.holds["notes"].values()
    remote.add(replace(note, body="Spoke twice", author_remote_id="u2"))
    full()
    assert ActivityEntry.objects.get(kind="note").actor_remote_id == "u2"
    assert made_by() == bob
