"""An admin says which user of the provider somebody is, where the email does not tell."""

import pytest

from integrations.sync.people import remote_user_of
from integrations.workspace.models import AuditEntry, Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(workspace):
    return f"/connections/{workspace.pk}/people/"


@pytest.fixture
def marcus(workspace, make_user):
    return make_user(workspace, "Marcus Hale", email="marcus@example.com")


def field(user):
    return f"member-{user.memberships.get().pk}"


def test_it_shows_whom_the_email_names_and_who_is_not_matched(as_carol, alice, page, workspace, make_user):
    make_user(workspace, "Alice Lake", email="ALICE@example.com")

    shown = as_carol.get(page).text

    assert "By email: Alice Lake" in shown
    assert shown.count("Not matched") == 1  # Carol


def test_a_choice_counts_from_then_on_and_can_be_taken_back(as_carol, alice, page, workspace, marcus):
    shown = as_carol.post(page, {field(alice): marcus.remote_id}, follow=True).text

    assert "Saved for 1 person." in shown
    assert remote_user_of(alice, workspace) == marcus
    told = AuditEntry.objects.get(act="people.match")
    assert told.detail == {"people": {"alice@example.com": marcus.remote_id}}

    as_carol.post(page, {field(alice): ""})
    assert remote_user_of(alice, workspace) is None


def test_a_user_of_another_account_is_nobody_here(as_carol, alice, page, workspace, other_workspace, make_user):
    stranger = make_user(other_workspace, "Noor Haddad")

    assert "Nothing was changed." in as_carol.post(page, {field(alice): stranger.remote_id}, follow=True).text
    assert not Membership.objects.exclude(remote_user_id="").exists()


def test_a_person_of_another_account_is_left_as_they_are(as_carol, mallory, page, marcus):
    as_carol.post(page, {field(mallory): marcus.remote_id, "member-x": "1", "member-99999999999999999999": "1"})

    assert mallory.memberships.get().remote_user_id == ""


@pytest.mark.parametrize("somebody", ["as_alice", "as_bob", "as_mallory"])
def test_only_an_admin_of_the_account_finds_it(request, somebody, alice, page, marcus):
    browser = request.getfixturevalue(somebody)

    assert browser.get(page).status_code == 404
    assert browser.post(page, {field(alice): marcus.remote_id}).status_code == 404
    assert alice.memberships.get().remote_user_id == ""


def test_it_costs_the_same_however_many_belong_to_it(
    as_carol, page, workspace, make_user, django_assert_num_queries
):
    for number in range(30):
        make_user(workspace, f"User {number}", email=f"user{number}@example.com")

    with django_assert_num_queries(6):  # session, person, account, users, members, frame
        as_carol.get(page)
