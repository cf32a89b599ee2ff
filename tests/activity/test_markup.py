"""Foreign text made safe and readable."""

import html

import pytest
from django.utils.html import urlize
from django.utils.text import Truncator
from hypothesis import given
from hypothesis import strategies as st

from integrations.activity import markup


def note_html(body, query=""):
    """As a note is stored and then shown."""
    return markup.marked_html(markup.safe_html(body), query)


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<p onclick=alert(1)>x</p>",
        "<svg><script>alert(1)</script></svg>",
        "<iframe src='https://elsewhere.example'></iframe>",
        "<style>body{display:none}</style>",
        "<form action='https://elsewhere.example'><input name=password></form>",
        "<<script>script>alert(1)<</script>/script>",
    ],
)
def test_nothing_of_an_attack_survives(attack):
    shown = note_html(attack, "alert").lower()
    for part in ("<script", "onerror", "onclick", "javascript:", "<iframe", "<style", "<form", "<input", "<img"):
        assert part not in shown.replace("<mark>", "").replace("</mark>", "")


def test_markup_of_a_note_stays_and_its_links_open_apart():
    shown = note_html("<p>See <a href='https://x.example'>it</a></p><ul><li>one</li></ul>")
    assert "<li>one</li>" in shown
    assert 'rel="noopener noreferrer nofollow"' in shown
    assert 'target="_blank"' in shown


def test_a_heading_in_a_note_does_not_join_the_pages_outline():
    assert note_html("<h1>Big</h1>") == "<p>Big</p>"


def test_plain_text_keeps_its_lines_and_signs():
    assert note_html("a < b\nc & d") == "a &lt; b<br>c &amp; d"


def test_hits_are_marked_in_text_but_never_inside_tags_or_entities():
    shown = note_html("<p>amp &amp; <a href='https://amp.example'>amp</a></p>", "amp")
    assert shown.count("<mark>amp</mark>") == 2
    assert "&amp;" in shown
    assert "https://amp.example" in shown


def test_highlight_escapes_what_it_marks():
    assert markup.highlight("<b>Park</b>", "park") == "&lt;b&gt;<mark>Park</mark>&lt;/b&gt;"
    assert markup.highlight("a.b", "(") == "a.b"


def test_a_note_folds_after_six_lines_and_says_how_many_it_hides():
    assert markup.hidden_lines("one\n" * 6) == 0
    assert markup.hidden_lines("one\n" * 7) == 4
    assert markup.hidden_lines("<p>" + "word " * 200 + "</p>") > 0


@pytest.mark.parametrize(
    ("part", "hidden"),
    [
        ("<", 593),
        ("<a", 593),
        ("<br ", 593),
        ("<h1 ", 593),
        ("</p", 593),
        ("&a", 593),
        ("<div>", 0),
        ("<ul><li>", 0),
    ],
)
def test_a_million_characters_of_any_markup_are_read_in_one_go(part, hidden):
    # Nothing is timed: when each sign is compared with all that follow, this takes many minutes.
    body = part * (1_000_000 // len(part))
    assert "<script" not in note_html(body, "a")
    assert markup.hidden_lines(body) == hidden
    assert len(markup.excerpt(body)) <= 500


def test_a_note_of_countless_tags_is_shown_as_its_words():
    shown = note_html("<p>5 &lt; 6 &lt;script&gt;</p>" + "<i>x</i>" * 5_000)
    assert shown.startswith("5 &lt; 6 &lt;script&gt;<br>xxx")


def test_an_excerpt_is_one_line_without_markup():
    assert markup.excerpt("<p>Left a\nvoicemail,</p><p>5 < 6</p>") == "Left a voicemail, 5 < 6"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("Two pages\nfor Rosa <rosa@example.com> &amp; Tom", "Two pages\nfor Rosa <rosa@example.com> &amp; Tom"),
        ("<p>Call <b>Rosa</b></p>\n<p>Tom &amp; Ana&nbsp;Lake</p>", "Call Rosa\nTom & Ana Lake"),
        ("Steps:<ul><li>Call</li><li>Write</li></ul>Then wait", "Steps:\nCall\nWrite\nThen wait"),
        ("One<br>two<br/>\nthree<br><br>four", "One\ntwo\nthree\n\nfour"),
        ("<p>Write to &lt;rosa@example.com&gt;</p>", "Write to <rosa@example.com>"),
        ("<style>p { color: red }</style><p>Call</p>", "Call"),
        ("<p></p>", ""),
    ],
)
def test_the_words_of_html_stand_on_lines_and_plain_text_stays_as_it_is(body, told):
    assert markup.lines(body) == told


def test_an_excerpt_keeps_an_address_in_plain_text_and_reads_the_signs_of_html():
    assert markup.excerpt("Rosa <rosa@example.com>") == "Rosa <rosa@example.com>"
    assert markup.excerpt("<p>Tom &amp; Ana</p>") == "Tom & Ana"


WORDS = st.text(st.sampled_from("abwhtpscom .@:/[]()<>&\"'\n\t-_?!\u0301\u00e9\u200b"))
LINKS = st.sampled_from(
    [
        "www.x.example",
        "x.com",
        "x.com/",
        "http://x",
        "https://[::1]/",
        "a@b.example",
        "mailto:a@b.com",
        "x.museum.",
        "&#46;com",
    ]
)


@given(st.lists(WORDS | LINKS, max_size=8).map("".join))
def test_links_are_found_as_django_finds_them_also_where_it_is_not_asked(text):
    if not markup._MARKUP.search(text):
        expected = urlize(html.unescape(text), nofollow=True, autoescape=True).replace("\n", "<br>")
        assert markup.safe_html(text) == expected


@given(st.lists(WORDS, max_size=4).map("".join), st.integers(1, 900))
def test_an_excerpt_is_cut_as_django_cuts_it(text, times):
    long = " ".join((text * times)[:3000].split())
    if not markup._MARKUP.search(long):
        assert markup.excerpt(long) == Truncator(long).chars(markup.EXCERPT)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("Two\r\nlines ", "Two\nlines"),
        ("5 < 6 & 7", "5 < 6 & 7"),
        ("<p>Hi <b>there</b></p>", "<p>Hi <b>there</b></p>"),
        ('<a href="https://x.example" target="_blank" onclick="x()">x</a>', '<a href="https://x.example">x</a>'),
        ('<a href="javascript:x()">x</a>', "<a>x</a>"),
        ("<script>x()</script>Hi<style>a{}</style>", "Hi"),
        ("<h2>Hi</h2>", "<p>Hi</p>"),
        ("<p><br></p>", ""),
        ("<p>&nbsp;\u200b</p>", ""),
    ],
)
def test_what_somebody_writes_is_kept_safe_and_with_nothing_of_ours(body, kept):
    assert markup.written(body) == kept
    assert markup.written(kept) == kept
