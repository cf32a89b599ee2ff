"""A colleague changes at once what somebody is just adding."""

import pytest

from integrations.activity.models import Contact
from integrations.sync import commands
from integrations.sync.models import Write
from tests.sync.conftest import a_contact

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made(full, remote, alice, connection):
    """A contact that Alice adds with two tags, of which nothing shows over there yet."""
    remote.add(a_contact(1))
    full()
    contact = Contact.objects.get()
    wanted = {"first_name": contact.first_name, "tag_names": ["vip", "new"]}
    write = commands.create("contact.create", connection, wanted, actor=alice)
    Write.objects.filter(pk=write.pk).update(target_id=contact.pk, remote_id=contact.remote_id)
    return contact


@pytest.mark.parametrize("also", [(), ("late",)])
def test_who_adds_a_tag_to_what_a_colleague_is_adding_with_it_has_a_write_of_their_own(made, erin, also):
    asked = commands.write("contact.add_tags", made, {"tag_names": ["vip", *also]}, actor=erin)

    assert (asked.operation, asked.actor) == ("contact.add_tags", erin)


def test_so_do_many_at_once(made, erin):
    done = commands.write_many("contact.add_tags", [made.pk], {"tag_names": ["VIP"]}, actor=erin, batch="a" * 20)

    assert [one.actor for one in done.writes] == [erin]


def test_who_adds_it_themselves_is_answered_with_that(made, alice):
    asked = commands.write("contact.add_tags", made, {"tag_names": ["vip"]}, actor=alice)

    assert asked.operation == "contact.create"


def test_and_it_can_be_taken_from_it_at_once(made, erin):
    asked = commands.write("contact.remove_tags", made, {"tag_names": ["vip"]}, actor=erin)

    assert asked.operation == "contact.remove_tags"
