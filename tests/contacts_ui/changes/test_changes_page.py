"""A person's own changes that wait, failed or are unknown: listed in one place, with what can be done."""

import re

import pytest
from django.utils import timezone

from integrations.activity.models import Task
from integrations.sync.models import Write

HTMX = {"headers": {"HX-Request": "true"}}
PAGE = "/changes/"


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def count_in(answer):
    """The number beside the link of the navigation; None where there is none."""
    found = re.search(r'id="changes-count"( hx-swap-oob="true")?>(\d+)', text(answer))
    return int(found[2]) if found else None


@pytest.fixture
def make_own(make_write, workspace, alice):
    def _make(state="failed", **fields):
        return make_write(workspace, state, **{"actor": alice, "settled_at": timezone.now()} | fields)

    return _make


def rows(answer):
    return [int(pk) for pk in re.findall(r'id="write-(\d+)"', text(answer))]


def test_a_rep_finds_their_own_changes_that_are_not_saved_newest_first(as_alice, make_own):
    listed = [make_own(state).pk for state in ("queued", "sending", "failed", "conflict")]
    for state in ("confirmed", "undone", "dismissed"):
        make_own(state)

    assert rows(as_alice.get(PAGE)) == listed[::-1]


def test_nobody_finds_those_of_others(as_bob, as_staff, make_own):
    make_own()
    assert rows(as_bob.get(PAGE)) == rows(as_staff.get(PAGE)) == []


def test_nor_those_of_an_account_that_they_left(as_alice, alice, make_own):
    write = make_own()
    alice.memberships.all().delete()
    answer = as_alice.get(PAGE)
    assert (rows(answer), count_in(answer)) == ([], None)
    assert as_alice.post(f"{PAGE}{write.pk}/retry/").status_code == 404


def test_the_navigation_of_every_page_counts_them(as_alice, as_bob, make_own):
    assert count_in(as_alice.get("/contacts/")) is None
    make_own("queued")
    make_own()
    make_own("confirmed")
    assert count_in(as_alice.get("/contacts/")) == 2
    assert count_in(as_bob.get("/contacts/")) is None


def test_an_open_contact_is_told_the_new_number(as_alice, make_own):
    write = make_own()
    assert count_in(as_alice.get(f"/contacts/{write.contact_id}/live/", headers={"X-Seen": "x"})) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "sending"}, "Sending to GHL"),
        (
            {"state": "queued", "reason": "Not sent yet. It will go out when X works again."},
            "Waiting Not sent yet.",
        ),
        ({"reason": "Refused."}, "Failed Refused."),
        ({"reason": "Refused.", "retries": 1}, "Failed again, "),
        ({"reason": "Nobody knows.", "is_unknown": True}, "Unknown Nobody knows."),
    ],
)
def test_each_says_how_it_stands(as_alice, make_own, fields, words):
    make_own(**fields)
    assert words in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text(as_alice.get(PAGE))))


def test_a_change_elsewhere_on_the_page_draws_the_list_anew(as_alice, make_own):
    make_own()
    assert 'hx-trigger="write-changed from:body"' in text(as_alice.get(PAGE))


def test_no_retry_is_offered_where_it_cannot_help(as_alice, make_own):
    refused, gone = make_own(can_retry=False), make_own()
    Task.objects.filter(pk=gone.target_id).update(deleted_at=timezone.now())
    shown = text(as_alice.get(PAGE))
    for write in (refused, gone):
        assert f"{PAGE}{write.pk}/retry/" not in shown
        assert f"{PAGE}{write.pk}/dismiss/" in shown


def test_the_list_follows_what_is_on_its_way_and_is_left_alone_while_nothing_changes(as_alice, make_own):
    make_own("queued")
    seen = re.search(r'hx-get="\?seen=([^"]+)"', text(as_alice.get(PAGE)))[1]
    assert as_alice.get(f"{PAGE}?seen={seen}", **HTMX).status_code == 204
    Write.objects.update(state="failed")
    assert rows(as_alice.get(f"{PAGE}?seen={seen}", **HTMX))
    assert "every" not in text(as_alice.get(PAGE))


def test_a_page_without_any_says_that_all_is_saved(as_alice, workspace):
    assert "Everything you changed is saved" in text(as_alice.get(PAGE))


def test_older_ones_follow_on_request(as_alice, make_own, monkeypatch):
    monkeypatch.setattr("contacts_ui.components.unsent.OWN_AT_ONCE", 2)
    made = [make_own().pk for _ in range(3)]
    first = as_alice.get(PAGE)
    assert rows(first) == made[:0:-1]
    assert rows(as_alice.get(f"{PAGE}?before={made[1]}", **HTMX)) == made[:1]


def test_the_list_is_drawn_anew_as_far_down_as_the_page_shows_it(as_alice, make_own, monkeypatch):
    monkeypatch.setattr("contacts_ui.components.unsent.OWN_AT_ONCE", 2)
    made = [make_own().pk for _ in range(5)]
    there = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{PAGE}?rows=4"}
    assert rows(as_alice.get(f"{PAGE}?rows=4")) == made[:0:-1]
    assert rows(as_alice.get(f"{PAGE}?seen=other", headers=there)) == made[:0:-1]
    assert rows(as_alice.get(f"{PAGE}?before={made[3]}", headers=there)) == made[2:0:-1]


def test_the_page_costs_the_same_however_many_there_are(as_alice, make_own, django_assert_num_queries):
    as_alice.get(PAGE)  # notes that she is at work
    for number in (1, 20):
        for _ in range(number):
            make_own()
        with django_assert_num_queries(5):  # session, person, workspaces with the number; writes, their tasks
            as_alice.get(PAGE)
