"""Changes stay out of the way until somebody wants them, and an edited note shows what it said before."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.activity.models import ActivityEntry
from integrations.sync.reconcile.project import refresh_derived
from tests.contacts_ui.timeline.test_contact_timeline import page

pytestmark = pytest.mark.django_db
RETITLED = "<s>Send the bid</s>"


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace)


@pytest.fixture
def retitled(dana, make_note):
    """A contact with a note and a task whose title was changed."""
    make_note(dana, "Still here")
    return edited(dana, [{"field": "Title", "old": "Send the bid", "new": "Send the quote"}])


def edited(contact, changes):
    at = timezone.now() - timedelta(hours=1)
    known = {"workspace": contact.workspace, "connection": contact.connection, "contact": contact}
    shown = {
        "title": "Send the quote",
        "text": "send the quote title",
        "facts": {"of": "task", "changes": changes},
    }
    ActivityEntry.objects.create(
        **known, **shown, kind="change", type="change.fields", remote_id="t1", occurred_at=at
    )
    refresh_derived([contact.pk], timezone.now())
    return contact


def switch(client, contact, to, **fields):
    return client.post(f"/contacts/{contact.pk}/changes/", {"changes": to, **fields})


def test_changes_stay_out_of_all_until_they_are_wanted(as_alice, retitled):
    shown = page(as_alice, retitled)

    assert "Still here" in shown
    assert RETITLED not in shown
    assert 'aria-pressed="false"' in shown


def test_the_count_of_all_is_of_what_it_shows(as_alice, retitled):
    chip = 'id="chip-all"'
    assert '<span class="chip__count">1</span>' in page(as_alice, retitled).split(chip)[1]
    switch(as_alice, retitled, "show")
    assert '<span class="chip__count">2</span>' in page(as_alice, retitled).split(chip)[1]


def test_once_wanted_they_stand_in_all_of_every_contact_until_switched_off(
    as_alice, retitled, make_contact, make_change
):
    other = make_contact(retitled.workspace, "Owen Tate")
    make_change(other, Source=("Web", "Phone"))

    switch(as_alice, retitled, "show")
    assert RETITLED in page(as_alice, retitled)
    assert "<s>Web</s>" in page(as_alice, other)
    assert 'aria-pressed="true"' in page(as_alice, other)

    switch(as_alice, retitled, "hide")
    assert RETITLED not in page(as_alice, retitled)


def test_the_switch_leads_back_to_the_same_search_and_holds_for_one_person_in_every_browser(
    as_alice, as_bob, alice, sign_in, retitled
):
    answer = switch(as_alice, retitled, "show", q="quote")

    assert answer["Location"] == f"/contacts/{retitled.pk}/?q=quote"
    assert RETITLED in page(sign_in(alice), retitled)
    assert RETITLED not in page(as_bob, retitled)


def test_the_chip_of_changes_shows_them_whatever_the_switch_says(as_alice, retitled):
    shown = page(as_alice, retitled, "?kind=change")

    assert "Task <strong><bdi>Send the quote</bdi></strong>" in shown
    assert RETITLED in shown
    assert "changes-switch" not in shown


def test_a_search_leaves_them_out_as_well_and_says_so(as_alice, retitled):
    shown = page(as_alice, retitled, "?q=quote")
    assert RETITLED not in shown
    assert "Only changes match “quote”" in shown

    switch(as_alice, retitled, "show")
    assert RETITLED in page(as_alice, retitled, "?q=quote")


def test_a_merge_is_no_edit_and_always_told(as_alice, dana, make_change):
    entry = make_change(dana, **{"Merged with": ("", "Dana Old")})
    ActivityEntry.objects.filter(pk=entry.pk).update(type="change.merged")
    refresh_derived([dana.pk], timezone.now())

    shown = page(as_alice, dana)

    assert "Merged with <strong><bdi>Dana Old</bdi></strong>" in shown
    assert "changes-switch" not in shown


def test_a_moved_date_is_told_in_the_readers_zone(as_alice, dana):
    moved = {"field": "Due", "old": "2026-03-02T15:00:00+00:00", "new": None, "as": "moment"}
    as_alice.cookies["tz"] = "America/New_York"

    shown = page(as_alice, edited(dana, [moved]), "?kind=change")

    assert "Due: <s>2 Mar 2026, 10:00</s> to <strong>none</strong>" in shown


def test_an_edited_note_says_so_with_the_earlier_text_behind_it(as_alice, dana, make_note):
    until = timezone.now().isoformat()
    earlier = {"title": "Roof", "body": "<b>Spoke</b><script>x()</script>", "until": until}
    make_note(dana, "Spoke twice", earlier=earlier)
    make_note(dana, "Never touched")

    shown = page(as_alice, dana)

    assert shown.count(">edited</summary>") == 1
    assert "<b>Spoke</b></div>" in shown
    assert "x()" not in shown


def test_the_switch_costs_no_query(as_alice, retitled, django_assert_num_queries):
    with django_assert_num_queries(8):
        page(as_alice, retitled)
    switch(as_alice, retitled, "show")
    with django_assert_num_queries(8):
        page(as_alice, retitled)


def test_a_link_to_a_change_shows_it_whatever_the_switch_says(as_alice, retitled):
    entry = ActivityEntry.objects.get(type="change.fields")

    assert RETITLED in page(as_alice, retitled, f"?item=entry-{entry.pk}")
