"""Records far bigger than people write: the page shows their beginning and says how to see the rest."""

import html
import re

import pytest

from integrations.activity import markup


@pytest.fixture
def dana(workspace, make_contact):
    return make_contact(workspace, tags=())


def page(client, contact, query="", **headers):
    response = client.get(f"/contacts/{contact.pk}/{query}", headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def link(shown, words):
    """The address behind a link with these words."""
    return html.unescape(re.search(rf'href="([^"]*)"[^>]*>{words}</a>', shown)[1])


def test_a_long_note_shows_its_first_part_and_opens_whole(as_alice, dana, make_note):
    make_note(dana, f"<p>Beginning {'word ' * 12_000}</p><p>The very end</p>", body_text="Beginning")
    shown = page(as_alice, dana)
    assert "Beginning" in shown
    assert "The very end" not in shown
    whole = page(as_alice, dana, link(shown, "Show all 60,036 characters").partition("#")[0])
    assert "<p>The very end</p>" in whole
    assert "Show all" not in whole


def test_the_link_to_a_whole_note_keeps_the_place_and_the_filters(as_alice, dana, make_note):
    for number in range(51):
        make_note(dana, f"word number {number}", days_ago=1 + number)
    make_note(dana, "word " * 11_000 + "The very end", body_text="word", days_ago=400)
    first = page(as_alice, dana, "?kind=note&q=word")
    older = html.unescape(re.search(r'hx-get="[^"?]*(\?[^"]*cursor=[^"]+)"', first)[1])
    fragment = page(as_alice, dana, older, **{"HX-Request": "true"})
    assert "The very end" not in fragment
    assert "The very end" in page(as_alice, dana, link(fragment, "Show all 55,012 characters").partition("#")[0])


def test_a_note_of_a_usual_length_offers_nothing_more(as_alice, dana, make_note):
    make_note(dana, "word " * 10_000)
    assert "characters</a>" not in page(as_alice, dana)


def test_a_task_body_of_unclosed_tags_does_not_break_the_page(as_alice, dana, make_task, make_appointment):
    make_task(dana, body="<a" * 100_000, is_completed=True, due_in=-1)
    make_appointment(dana, notes="<a" * 100_000, starts_in=-1)
    assert len(page(as_alice, dana)) < 100_000


def test_forty_fields_and_tags_are_shown_and_the_rest_on_request(as_alice, dana, make_field, workspace):
    dana.tag_names = [f"tag-{number}-end" for number in range(300)]
    dana.custom_fields = [{"id": f"f{number}", "value": f"value-{number}-end"} for number in range(300)]
    dana.save()
    shown = page(as_alice, dana)
    for known, unknown in (("tag-39-end", "tag-40-end"), ("value-39-end", "value-40-end")):
        assert known in shown
        assert unknown not in shown
    assert shown.count("and 260 more") == 2
    whole = page(as_alice, dana, link(shown, "and 260 more"))
    assert "tag-299-end" in whole
    assert "value-299-end" in whole
    assert "and 260 more" not in whole


def test_a_few_fields_and_tags_are_all_there(as_alice, dana):
    dana.tag_names = ["vip"]
    dana.custom_fields = [{"id": f"f{number}", "value": f"value-{number}-end"} for number in range(8)]
    dana.save()
    shown = page(as_alice, dana)
    assert "Show all 8" in shown
    assert "value-7-end" in shown
    assert "and 0 more" not in shown


def test_a_change_of_countless_fields_shows_twenty(as_alice, dana, make_change):
    new = [{"id": f"f{number}", "value": f"value-{number}-end"} for number in range(300)]
    make_change(dana, **{"Custom fields": ([], new)})
    shown = page(as_alice, dana, "?kind=change")
    assert "300 fields changed" in shown
    assert "value-19-end" in shown
    assert "value-20-end" not in shown
    assert "and 280 more" in shown


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('<p><img src="https://x.example/roof.png"></p>', "This note is a picture. Open it in GHL to see it."),
        ("<p>\u200b</p><hr>", "nothing that can be shown here"),
        ("", "This note is empty."),
        ("<![CDATA[Call <b>Rosa</b> back]]>", "Call <b>Rosa</b> back"),
        ("<![CDATA[Call Rosa back]]>", "Call Rosa back"),
        ('<img src="x.png">A picture with words', "A picture with words"),
    ],
)
def test_a_note_says_what_it_is_where_it_has_no_words(as_alice, dana, make_note, body, words):
    make_note(dana, body, body_text=markup.plain_text(body), is_pinned=True)
    shown = " ".join(page(as_alice, dana).split())
    assert shown.count(words) == 1 if "<b>" in words else shown.count(words) == 2
