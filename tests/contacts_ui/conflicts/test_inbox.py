"""The conflict inbox: both values plainly, one click for one of them, and who decided what."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.utils import timezone

from integrations.activity.models import RemoteUser
from integrations.sync.models import Conflict, MergePolicy, Write
from integrations.sync.push import conflicts
from tests.conftest import home_of

HTMX = {"headers": {"HX-Request": "true"}}
PAGE = "/conflicts/"


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def said(answer):
    """Its words alone."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def cards(answer):
    return [int(pk) for pk in re.findall(r'id="conflict-(\d+)" data-row', text(answer))]


def count_in(answer):
    found = re.search(r'id="conflicts-count"( hx-swap-oob="true")?>(\d+)', text(answer))
    return int(found[2]) if found else None


def settle(browser, conflict, taken, htmx=True, **fields):
    """Press a button of a card as the inbox shows it."""
    page = text(browser.get(PAGE))
    seen = re.search(rf'action="{PAGE}{conflict.pk}/".*?name="seen" value="(\w+)"', page)
    data = {"taken": taken, "seen": seen[1] if seen else ""} | fields
    return browser.post(f"{PAGE}{conflict.pk}/", data, **(HTMX if htmx else {}))


def test_what_no_person_asked_for_is_said_to_be_of_no_rule(as_bob, make_conflict):
    make_conflict(actor=None)
    shown = said(as_bob.get(PAGE))
    assert "Keep Throughline's" in shown
    assert "A rule" not in shown


# Who sees what ----------------------------------------------------------------------------------------------


def test_a_rep_finds_conflicts_of_their_own_changes_and_a_manager_all_of_the_account(
    as_alice, as_bob, as_mallory, make_conflict, bob
):
    own, of_bob = make_conflict(), make_conflict(actor=bob)

    assert cards(as_alice.get(PAGE)) == [own.pk]
    assert cards(as_bob.get(PAGE)) == [own.pk, of_bob.pk]
    assert cards(as_mallory.get(PAGE)) == []


def test_what_is_crossed_counts_once_and_the_phone_counts_both_behind_its_one_link(
    as_alice, alice, make_conflict, make_write, workspace
):
    for state in ("failed", "queued"):
        make_write(workspace, state, actor=alice)
    shown = make_conflict(actor=alice)

    before = {"changes-count": 2, "conflicts-count": 1, "changes-count-short": 3}
    page = as_alice.get("/contacts/")
    assert counts_in(page) == before
    assert "3 not saved or to settle" in said(page)
    assert counts_in(as_alice.get(f"/contacts/{shown.write.contact_id}/live/", **HTMX)) == before
    # Settled, its change waits to be sent on.
    now = {"changes-count": 3, "conflicts-count": 0, "changes-count-short": 3}
    assert counts_in(settle(as_alice, shown, "theirs")) == now


def counts_in(answer):
    """Each number of both navigations, by its id."""
    found = re.findall(r'id="((?:changes|conflicts)-count(?:-short)?)"[^>]*>(\d+)', text(answer))
    return {name: int(number) for name, number in found}


def test_the_navigation_counts_what_somebody_may_settle(as_alice, as_bob, as_staff, make_conflict, bob):
    assert count_in(as_alice.get("/contacts/")) is None
    make_conflict(), make_conflict(actor=bob)
    make_conflict(taken="mine")

    assert [count_in(one.get("/contacts/")) for one in (as_alice, as_bob, as_staff)] == [1, 2, 2]


def test_nobody_settles_what_is_not_theirs(as_alice, make_conflict, bob):
    conflict = make_conflict(actor=bob)
    assert as_alice.post(f"{PAGE}{conflict.pk}/", {"taken": "mine"}).status_code == 404


# What a card shows ------------------------------------------------------------------------------------------


def test_a_card_names_record_and_field_and_shows_all_three_values(as_alice, make_conflict):
    make_conflict(theirs_at=datetime(2026, 3, 2, 15, 30, tzinfo=UTC))
    shown = said(as_alice.get(PAGE))
    for words in (
        "Title Task Call Dana for Dana Whitlock",
        "Yours Today",
        "Call back",
        "In GHL",
        "Write instead",
        "Before both: Call Dana",
        "Keep yours",
        "Take GHL's",
    ):
        assert words in shown


def test_a_manager_reads_whose_change_it_is(as_bob, alice, make_conflict):
    make_conflict()
    assert f"Keep {alice}'s" in said(as_bob.get(PAGE))


def test_moments_are_told_in_the_readers_zone_and_people_by_name(as_alice, make_conflict, workspace):
    RemoteUser.objects.create(
        workspace=workspace,
        connection=home_of(workspace),
        remote_id="u1",
        name="Marcus Hale",
        fetched_at=timezone.now(),
    )
    make_conflict(field="due_at", mine="2026-03-02T15:30:00+00:00", theirs="2026-03-03T15:30:00+00:00", base=None)
    make_conflict(field="owner_remote_id", mine="u1", theirs="", base="u9")
    as_alice.cookies["tz"] = "Asia/Kolkata"

    shown = said(as_alice.get(PAGE))

    assert "Due date" in shown
    assert "Assignee" in shown
    assert "Marcus Hale" in shown
    assert "Unknown" in shown
    assert "Empty" in shown
    assert "Mon 2 Mar 2026, 21:00 IST" in shown


def test_a_long_value_is_shown_whole(as_alice, make_conflict):
    make_conflict(field="body", mine="<p>" + "long " * 4000 + "end</p>", theirs="short", base="")
    assert "long end" in said(as_alice.get(PAGE))


def test_foreign_words_are_shown_as_words(as_alice, make_conflict):
    make_conflict(theirs="<script>x</script>")
    assert "<script>x" not in text(as_alice.get(PAGE))


def test_an_inbox_without_any_says_so(as_alice, workspace):
    assert "No conflicts" in text(as_alice.get(PAGE))


# Settling ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "fields", "value", "words"),
    [
        ("mine", {}, "Call back", "You kept your value"),
        ("theirs", {}, "Write instead", "You took GHL's value"),
        ("edited", {"value": " Call or write "}, "Call or write", "You chose another value"),
    ],
)
def test_one_click_settles_it_and_the_card_says_so(as_alice, make_conflict, alice, taken, fields, value, words):
    conflict = make_conflict()

    answer = settle(as_alice, conflict, taken, **fields)

    conflict.refresh_from_db()
    assert (conflict.taken, conflict.value, conflict.settled_by) == (taken, value, alice)
    assert words in said(answer)
    assert "Sending to GHL" in said(answer)
    assert b"<html" not in answer.content
    assert Write.objects.get().state == "queued"
    assert 'id="conflicts-count" hx-swap-oob="true" hidden>' in text(answer)


def test_without_scripts_the_inbox_comes_back_and_says_what_was_done(as_alice, make_conflict):
    conflict = make_conflict()
    assert settle(as_alice, conflict, "theirs", htmx=False).url == PAGE
    assert "Title: You took GHL's value." in said(as_alice.get(PAGE))


@pytest.mark.parametrize(("value", "kept"), [("Two pages", "<p>Two <b>pages</b></p>"), ("Three", "Three")])
def test_html_is_edited_as_its_words_and_kept_where_these_are(as_alice, make_conflict, value, kept):
    conflict = make_conflict(field="body", mine="<p>Two <b>pages</b></p>", theirs="One page", base="")
    assert ">Two pages</textarea>" in text(as_alice.get(PAGE))
    settle(as_alice, conflict, "edited", value=value)
    conflict.refresh_from_db()
    assert conflict.value == kept


def test_a_moment_is_typed_by_the_readers_clock(as_alice, make_conflict):
    conflict = make_conflict(field="due_at", mine="2026-03-02T15:30:00+00:00", theirs=None, base=None)
    page = text(as_alice.get(PAGE))
    shown = re.search(r'type="datetime-local" value="([^"]+)"', page)[1]

    settle(as_alice, conflict, "edited", value=shown)

    conflict.refresh_from_db()
    assert datetime.fromisoformat(conflict.value) == datetime(2026, 3, 2, 15, 30, tzinfo=UTC)


def test_what_cannot_be_sent_is_said_at_the_field_and_kept(as_alice, make_conflict):
    conflict = make_conflict(field="due_at", mine="2026-03-02T15:30:00+00:00", theirs=None, base=None)
    answer = settle(as_alice, conflict, "edited", value="soon")
    assert answer.status_code == 422
    assert '{"code": "422", "swap": true}' in text(as_alice.get(PAGE))  # or a browser would not show it
    assert "must be a date and time" in said(answer)
    assert 'value="soon"' in text(answer)
    assert Conflict.objects.open().exists()


def test_the_second_of_two_people_is_told_who_was_first(as_alice, as_bob, make_conflict):
    conflict = make_conflict()
    page = text(as_bob.get(PAGE))
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    settle(as_alice, conflict, "mine")

    answer = as_bob.post(f"{PAGE}{conflict.pk}/", {"taken": "theirs", "seen": seen}, **HTMX)

    assert re.search(r"kept .* before you\.", said(answer))
    conflict.refresh_from_db()
    assert conflict.taken == "mine"


def test_a_value_that_moved_since_the_page_was_drawn_is_shown_first(as_alice, make_conflict):
    conflict = make_conflict()
    seen = re.search(r'name="seen" value="(\w+)"', text(as_alice.get(PAGE)))[1]
    Conflict.objects.update(theirs="Do nothing")

    answer = as_alice.post(f"{PAGE}{conflict.pk}/", {"taken": "mine", "seen": seen}, **HTMX)

    assert "GHL has another value now. Nothing was settled." in said(answer)
    assert "Do nothing" in said(answer)
    assert Conflict.objects.open().exists()


def test_two_at_the_same_moment_settle_it_once(as_alice, make_conflict):
    conflict = make_conflict()
    stale = Conflict.objects.get()
    settle(as_alice, conflict, "mine")
    with pytest.raises(conflicts.Settled):
        conflicts.resolve(conflict=stale, taken="theirs", actor=None, now=timezone.now())


def test_an_account_that_is_read_only_takes_theirs_alone(as_alice, make_conflict, remote):
    remote.may_write = False
    conflict = make_conflict()
    shown = said(as_alice.get(PAGE))
    assert "Keep yours" not in shown
    assert "An admin can allow writing." in shown
    assert "An admin can allow writing." in said(settle(as_alice, conflict, "mine"))
    assert Conflict.objects.open().exists()
    settle(as_alice, conflict, "theirs")
    assert not Conflict.objects.open().exists()


def test_a_choice_is_remembered_for_managers_alone(as_alice, as_bob, make_conflict):
    assert "Always do this" not in said(as_alice.get(PAGE))
    settle(as_alice, make_conflict(), "mine", remember="1")
    assert not MergePolicy.objects.exists()

    conflict = make_conflict()
    assert "Always do this for Title" in said(as_bob.get(PAGE))
    settle(as_bob, conflict, "theirs", remember="1")
    assert MergePolicy.objects.get().policy == "theirs"


# What was settled -------------------------------------------------------------------------------------------


def test_settled_ones_say_who_decided_what(as_alice, make_conflict, bob):
    now = timezone.now()
    make_conflict(taken="theirs", value="Write instead", settled_by=bob, settled_at=now)
    make_conflict(taken="mine", value="Call back", by_rule=True, settled_at=now)
    make_conflict(taken="mine", by_rule=True, settled_at=now)

    shown = said(as_alice.get(PAGE))

    assert f"{bob} took GHL's value: Write instead" in shown
    assert "A rule kept yours: Call back" in shown
    assert "GHL already went back to the earlier value" in shown


def test_further_ones_of_both_lists_follow_on_request(as_alice, make_conflict, monkeypatch):
    monkeypatch.setattr("contacts_ui.conflicts.lists.OPEN_AT_ONCE", 2)
    monkeypatch.setattr("contacts_ui.conflicts.lists.SETTLED_AT_ONCE", 2)
    crossed = [make_conflict().pk for _ in range(3)]
    # The one that was settled last was not crossed last.
    done = [make_conflict(taken="mine", settled_at=timezone.now() - timedelta(days=days)).pk for days in (1, 3, 2)]
    done = [done[1], done[2], done[0]]

    page = as_alice.get(PAGE)
    assert cards(page) == crossed[:2]
    assert re.findall(r'id="settled-(\d+)"', text(page)) == [str(pk) for pk in done[:0:-1]]
    assert cards(as_alice.get(f"{PAGE}?after={crossed[1]}", **HTMX)) == crossed[2:]
    older = text(as_alice.get(f"{PAGE}?before={done[1]}", **HTMX))
    assert re.findall(r'id="settled-(\d+)"', older) == [str(done[0])]
    deep = as_alice.get(f"{PAGE}?open=3&settled=3")
    assert (cards(deep), len(re.findall(r'id="settled-\d', text(deep)))) == (crossed, 3)


def test_the_page_costs_the_same_however_many_there_are(as_alice, make_conflict, django_assert_num_queries):
    as_alice.get(PAGE)  # notes that she is at work
    for number in (1, 10):
        for _ in range(number):
            make_conflict()
            make_conflict(taken="mine", settled_at=timezone.now() - timedelta(minutes=1))
        # Session, person, workspaces with both numbers; for each list its conflicts, their writes, the tasks.
        with django_assert_num_queries(9):
            as_alice.get(PAGE)
