"""Tags of a contact are added and taken off in its profile, each by a write of its own and never by an update."""

import re

import pytest

from integrations.activity.models import Tag
from integrations.sync.models import Write
from integrations.workspace.models import Membership
from tests.conftest import person

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace, "Dana Whitlock", tags=("vip",))


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def send(browser, contact, **typed):
    return browser.post(f"/contacts/{contact.pk}/tags/", typed, **HTMX)


def test_the_editor_suggests_tags_of_this_account_alone(as_alice, dana, workspace, other_workspace):
    Tag.objects.create(workspace=workspace, name="roof")
    Tag.objects.create(workspace=other_workspace, name="secret")
    shown = text(as_alice.get(f"/contacts/{dana.pk}/tags/", **HTMX))
    assert '<option value="roof"></option>' in shown
    assert "secret" not in shown


def test_a_tag_is_added_and_shown_at_once_as_not_confirmed(as_alice, alice, dana):
    answer = send(as_alice, dana, add="  roof ")
    write = Write.objects.get()
    assert (write.operation, write.changes, write.actor) == ("contact.add_tags", {"tag_names": ["roof"]}, alice)
    assert "tag--adding" in text(answer)
    assert "tag--adding" in text(as_alice.get(f"/contacts/{dana.pk}/"))


def test_commas_separate_several(as_alice, dana):
    send(as_alice, dana, add="roof, hail,,")
    assert Write.objects.get().changes == {"tag_names": ["roof", "hail"]}


def test_one_is_taken_off_and_shown_struck_until_that_is_confirmed(as_alice, dana):
    assert "tag--removing" in text(send(as_alice, dana, remove="vip"))
    assert Write.objects.get().operation == "contact.remove_tags"


def test_keeping_it_after_all_sends_nothing(as_alice, dana, settings):
    settings.WRITE_UNDO_SECONDS = 30
    send(as_alice, dana, remove="vip")
    answer = send(as_alice, dana, add="vip")
    assert "Nothing was sent." in text(answer)
    assert Write.objects.get().state == "undone"


def test_what_a_colleague_asked_for_is_not_undone_but_followed_by_its_opposite(as_alice, sign_in, workspace, dana):
    send(as_alice, dana, add="gold")
    erin = sign_in(person("erin@example.com", workspace, Membership.Role.REP))

    assert "gold removed." in text(send(erin, dana, remove="gold"))
    assert list(Write.objects.values_list("state", "actor__email").order_by("id")) == [
        ("queued", "alice@example.com"),
        ("queued", "erin@example.com"),
    ]


def test_one_that_is_there_writes_nothing(as_alice, dana):
    assert "nothing to change" in text(send(as_alice, dana, add="VIP"))
    assert not Write.objects.exists()


@pytest.mark.parametrize("typed", ["", " , "])
def test_none_is_said_at_the_field(as_alice, dana, typed):
    answer = send(as_alice, dana, add=typed)
    assert answer.status_code == 422
    assert 'id="tag-error"' in text(answer)


def test_the_chips_are_asked_for_alone_and_only_when_they_changed(as_alice, dana):
    send(as_alice, dana, add="roof")
    address = f"/contacts/{dana.pk}/tags/?seen="
    assert as_alice.get(f"{address}vip-roofa", **HTMX).status_code == 204
    chips = text(as_alice.get(f"{address}vip", **HTMX))
    assert "roof" in chips
    assert 'id="tag-name"' not in chips


def test_it_works_without_scripts(as_alice, dana):
    answer = as_alice.post(f"/contacts/{dana.pk}/tags/", {"add": "roof"})
    assert answer["Location"] == f"/contacts/{dana.pk}/tags/"
    assert "<html" in text(as_alice.get(f"/contacts/{dana.pk}/tags/"))
