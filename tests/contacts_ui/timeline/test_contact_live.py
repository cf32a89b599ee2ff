"""An open contact's page: what asks, what is answered and at which cost, and what each reading looks like."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.kinds import contact
from integrations.activity.models import Contact
from integrations.sync import commands, health
from integrations.sync.models import FetchRequest, Write
from integrations.sync.reconcile import changes, remove
from integrations.sync.reconcile.project import refresh_derived

HTMX = {"HX-Request": "true"}
HOURS = timedelta(hours=3)


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace, checked_at=timezone.now() - HOURS)


@pytest.fixture
def look(as_alice, dana):
    """Asks for news as an open page does: (status, version, body)."""

    def _look(seen="", query="", shown=""):
        headers = {"X-Seen": seen, "X-Shown": shown}
        answer = as_alice.get(f"/contacts/{dana.pk}/live/{query}", headers=headers)
        return answer.status_code, answer.headers.get("X-Version", ""), answer.content.decode()

    return _look


@pytest.fixture
def failed(dana, now):
    """A reading of the contact that was given up a moment ago."""
    dana.refresh_asked_at = now
    dana.save()
    return FetchRequest.objects.create(
        connection=dana.connection, stream="contacts", remote_id=dana.remote_id, with_children=True, asked_at=now,
        not_before=now, failed_at=now, reason="GHL refused to tell.", detail="403",
    )  # fmt: skip


def open_page(client, contact):
    return client.get(f"/contacts/{contact.pk}/").content.decode()


def feed_in(text):
    drawn = text.partition('id="feed-results"')[2].partition("Start of history")[0]
    return re.sub(r'(csrfmiddlewaretoken" value=)"\w+"', r"\1", drawn)


def press(client, contact, **fields):
    return client.post(f"/contacts/{contact.pk}/refresh/", fields, headers=HTMX).content.decode()


def test_opening_writes_nothing_and_asks_for_a_reading_by_itself(as_alice, dana):
    shown = open_page(as_alice, dana)
    assert 'hx-trigger="submit, load"' in shown
    assert not FetchRequest.objects.exists()


@pytest.mark.parametrize(
    "state",
    [{"checked_at": timezone.now()}, {"refresh_asked_at": timezone.now()}, {"deleted_at": timezone.now()}],
)
def test_a_contact_that_was_just_read_or_asked_for_or_is_gone_does_not_ask(as_alice, dana, state):
    Contact.objects.filter(pk=dana.pk).update(**{key: timezone.now() for key in state})
    assert 'hx-trigger="submit, load"' not in open_page(as_alice, dana)


def test_an_account_that_is_not_connected_is_not_asked(as_alice, dana, remote):
    remote.usable = False
    shown = open_page(as_alice, dana)
    assert "Sync contact" not in shown
    assert 'hx-trigger="submit, load"' not in shown
    press(as_alice, dana, now="1")
    assert not FetchRequest.objects.exists()


def test_the_words_go_from_aged_through_refreshing_to_updated(as_alice, dana):
    Contact.objects.filter(pk=dana.pk).update(fetched_at=timezone.now() - HOURS)
    dana.connection.schedule.delete()
    assert "refreshing" not in open_page(as_alice, dana)

    answer = re.sub(r"<[^>]+>", "", press(as_alice, dana))
    assert "Updated 3 h ago, refreshing" in answer
    assert "refreshing" in open_page(as_alice, dana)

    FetchRequest.objects.all().delete()
    Contact.objects.filter(pk=dana.pk).update(refreshed_at=timezone.now())
    assert "Updated just now" in re.sub(r"<[^>]+>", "", open_page(as_alice, dana))


def test_a_contact_that_goes_while_its_page_is_open_says_where(dana, look, workspace, make_contact, now):
    _, version, _ = look()
    Contact.objects.filter(pk=dana.pk).update(deleted_at=now)
    _, gone, parts = look(version)
    assert "Deleted in GHL" in parts
    assert "Sync contact" not in parts
    Contact.objects.filter(pk=dana.pk).update(merged_into=make_contact(workspace, "Dana W."))
    assert "Merged with another contact in GHL" in look(gone)[2]


def test_the_button_reads_again_what_was_read_by_a_sync_and_says_when_it_is_too_soon(as_alice, dana, now):
    Contact.objects.filter(pk=dana.pk).update(checked_at=now)
    press(as_alice, dana)
    assert not FetchRequest.objects.exists()
    assert "Reading this contact again." in press(as_alice, dana, now="1")
    FetchRequest.objects.all().delete()
    too_soon = press(as_alice, dana, now="1")
    assert "under a minute ago" in too_soon, "said to whoever listens"
    assert "Already up to date, checked" in too_soon, "and shown beside the button"
    assert not FetchRequest.objects.exists()


def test_what_the_page_asks_by_itself_is_not_read_out_over_what_its_reader_does(as_alice, dana):
    assert "announcer" not in press(as_alice, dana)
    assert "announcer" in press(as_alice, dana, now="1")


def test_a_stream_that_was_refused_when_the_contact_was_opened_is_named_and_nothing_is_green(
    as_alice, dana, failed
):
    FetchRequest.objects.update(refused=["notes"], reason="Notes of this contact could not be read. Not allowed.")
    shown = open_page(as_alice, dana)
    assert "<strong>Notes could not be read</strong>" in shown
    assert "Notes of this contact could not be read. Not allowed." in shown
    assert "tone-ok" not in shown.partition('id="refresh')[2].partition("</")[0]


def test_a_failure_says_why_and_may_be_tried_again_at_once(as_alice, dana, failed):
    shown = open_page(as_alice, dana)
    assert "This contact could not be updated" in shown
    assert "GHL refused to tell." in shown
    press(as_alice, dana)
    assert FetchRequest.objects.get().failed_at is not None
    press(as_alice, dana, now="1")
    assert FetchRequest.objects.get().failed_at is None


def test_without_javascript_the_button_leads_back_to_the_page_which_offers_to_look_again(as_alice, dana):
    answer = as_alice.post(f"/contacts/{dana.pk}/refresh/", {"now": "1"}, follow=True)
    shown = answer.content.decode()
    assert answer.redirect_chain == [(f"/contacts/{dana.pk}/", 302)]
    assert "Reading this contact again." in shown
    assert f'<noscript><a href="/contacts/{dana.pk}/">Check again</a></noscript>' in shown


def test_a_page_that_is_up_to_date_costs_two_queries_beyond_session_and_person(
    as_alice, dana, make_task, look, django_assert_num_queries
):
    for number in range(60):
        make_task(dana, f"Task {number}")
    _, version, _ = look()
    # session, person; the contact within the person's workspaces, its wishes
    with django_assert_num_queries(4):
        assert look(version) == (204, "", "")


def test_the_page_carries_the_version_that_it_shows(as_alice, dana, look):
    version = re.search(r'data-version="(\w+)"', open_page(as_alice, dana))[1]
    assert look(version)[0] == 204


def test_whatever_the_page_shows_makes_another_version(dana, look, make_task, make_note, alice, now):
    task, note = make_task(dana), make_note(dana)
    versions = [look()[1]]

    def changed():
        versions.append(look()[1])
        return len(set(versions)) == len(versions)

    before = {dana.pk: dict.fromkeys(contact.KIND.watched, "") | {"email": "a@b.example"}}
    refresh_derived(changes.store_changes(contact.KIND, before, [dana], now), timezone.now())
    assert changed()
    remove(type(note), [note.pk], timezone.now())
    assert changed()
    write = commands.write("task.complete", task, actor=alice)
    assert changed()
    Write.objects.update(state=Write.State.CONFLICT)
    assert changed()
    commands.dismiss(write=write, actor=None)
    assert changed()
    commands.refresh_contact(contact=dana, at_once=True)
    assert changed()
    Contact.objects.filter(pk=dana.pk).update(refreshed_at=timezone.now())
    assert changed()
    remove(Contact, [dana.pk], timezone.now())
    assert changed()
    assert look(versions[-1])[0] == 204


def test_what_changes_at_another_contact_is_no_news_here(dana, workspace, look, make_contact, make_task, alice):
    other = make_contact(workspace, "Owen Tate")
    _, version, _ = look()
    commands.write("task.complete", make_task(other), actor=alice)
    assert look(version)[0] == 204


def test_news_bring_the_figures_the_clock_the_chips_and_the_feed_as_drawn_for_a_page(
    as_alice, dana, make_note, make_task, look
):
    make_note(dana, "A call")
    make_task(dana, due_in=-3)
    _, _, parts = look()
    for name in ("refresh", "refresh-notice", "named", "profile", "side", "feed-chips", "feed-results"):
        assert f'id="{name}"' in parts
    for word in ("hx-swap-oob", "<html", f"/contacts/{dana.pk}/live/?"):
        assert word not in parts
    assert feed_in(parts) == feed_in(open_page(as_alice, dana))


def test_news_keep_the_filters_and_reach_as_far_down_as_was_read(dana, make_note, look):
    for number in range(120):
        make_note(dana, f"note number {number}", days_ago=1 + number / 60)
    make_note(dana, "The lease")
    assert look(query="?q=lease")[2].count('id="entry-') == 1
    assert look(shown="50")[2].count('id="entry-') == 50
    assert look(shown="51")[2].count('id="entry-') == 100
    assert look(shown="150")[2].count('id="entry-') == 121
    assert look(shown="nonsense")[2].count('id="entry-') == 50


def test_news_cost_the_same_whatever_they_bring(dana, make_note, make_task, look, django_assert_num_queries):
    for number in range(20):
        make_note(dana, days_ago=number)
        make_task(dana, due_in=number - 10)
    # as the page; the contact comes with its workspace
    with django_assert_num_queries(10):
        look()


def test_a_reading_that_went_wrong_is_news(dana, look, workspace, now):
    from integrations.connections.ports import Transient
    from integrations.sync.pull.requests import after_error

    commands.refresh_contact(contact=dana, at_once=True)
    _, version, _ = look()
    after_error(FetchRequest.objects.get(), Transient("Not now."), now)
    status, _, parts = look(version)
    assert status == 200
    assert "trying again" in parts
    assert health.is_refreshing(dana)
