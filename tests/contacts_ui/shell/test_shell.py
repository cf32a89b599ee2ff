"""The frame, the account pages, the error pages: one look, one policy."""

import re
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.template.loader import get_template, render_to_string

ROOT = Path(configured.BASE_DIR)
START = (ROOT / "templates/contacts_ui/components/_form_start.html").read_text()
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [
    "/contacts/",
    "/account/appearance/",
    "/account/password/change/",
    "/account/2fa/",
    "/account/sessions/",
    "/account/logout/",
]


@pytest.mark.parametrize("url", PAGES)
def test_every_page_stands_in_the_frame(as_alice, url):
    page = as_alice.get(url).content.decode()
    assert 'class="shell"' in page
    assert "Skip to the content" in page
    assert 'role="status" aria-live="polite"' in page


@pytest.mark.parametrize(
    ("person", "role"),
    [("as_alice", "Rep"), ("as_bob", "Manager"), ("as_carol", "Admin"), ("as_staff", "Installation admin")],
)
def test_the_frame_names_the_role_of_the_person(request, person, role):
    assert f"<small>{role}</small>" in request.getfixturevalue(person).get("/account/appearance/").text


def test_who_is_a_member_nowhere_reads_so_there(as_alice, alice):
    alice.memberships.all().delete()
    assert "<small>No account yet</small>" in as_alice.get("/account/appearance/").text


@pytest.mark.parametrize("url", [*PAGES, "/account/login/", "/nowhere/"])
def test_nothing_comes_from_a_third_party_and_nothing_is_inline(as_alice, client, url):
    page = (client if "login" in url else as_alice).get(url).content.decode()
    sources = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]+)"', page)
    assert sources
    assert all(source.startswith("/") for source in sources)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    assert not re.search(r"<script(?![^>]*src=)", page)


def test_the_policy_allows_scripts_by_nonce_only(as_alice):
    answer = as_alice.get("/contacts/")
    nonce = re.search(r"'nonce-([^']+)'", answer["Content-Security-Policy"])[1]
    assert f'nonce="{nonce}"' in answer.content.decode()
    assert "unsafe" not in answer["Content-Security-Policy"]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_template_compiles_and_carries_no_inline_style_or_handler(template):
    source = template.read_text()
    get_template(str(template.relative_to(ROOT / "templates")))
    assert not re.search(r"\sstyle=\"|\son(?:click|change|submit|load|error)=|<style", source)


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "429", "500"])
def test_an_error_page_needs_no_context_and_says_what_to_do(code):
    page = render_to_string(f"{code}.html")
    assert "<h1>" in page
    assert "Go to contacts" in page


def test_a_missing_page_answers_in_the_products_voice(as_alice):
    answer = as_alice.get("/nowhere/")
    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()


def without_nonce(answer):
    """A page in the frame has another one each time."""
    return re.sub(r'nonce="[^"]*"', "", answer.content.decode())


def test_a_page_of_others_and_one_that_is_gone_answer_in_the_same_words(as_mallory, workspace, make_contact):
    hers = as_mallory.get(f"/contacts/{make_contact(workspace).pk}/")
    gone = as_mallory.get("/contacts/999999/")
    assert hers.status_code == gone.status_code == 404
    assert without_nonce(hers) == without_nonce(gone)
    assert "You don't have access to this page" in hers.content.decode()
    assert "You are signed in as <bdi>Mallory</bdi>" in hers.content.decode()


def test_only_those_who_may_see_a_page_are_offered_it(as_alice, as_bob, carol, sign_in):
    assert "Connections" not in as_alice.get("/account/appearance/").content.decode()
    assert "Connections" in as_bob.get("/account/appearance/").content.decode()
    assert "Admin" in sign_in(carol).get("/account/appearance/").content.decode()


def test_a_theme_is_kept_in_the_browser_and_an_unknown_one_dropped(as_alice):
    as_alice.post("/account/appearance/", {"theme": "dark"})
    assert '<html lang="en" data-theme="dark">' in as_alice.get("/contacts/").content.decode()
    as_alice.cookies["theme"] = '"><script>'
    assert '<html lang="en">' in as_alice.get("/contacts/").content.decode()
    as_alice.post("/account/appearance/", {"theme": ""})
    assert as_alice.cookies["theme"].value == ""


def test_a_page_is_marked_in_the_navigation_whatever_its_address_begins_with(
    as_alice, staff, sign_in, make_business, workspace
):
    def marked(browser, address):
        shown = browser.get(address).content.decode()
        return re.findall(r'<a class="nav__link" href="([^"]+)"[^>]*aria-current="page"', shown)

    assert marked(as_alice, f"/businesses/{make_business(workspace).pk}/") == ["/contacts/"]
    assert marked(sign_in(staff), "/integrations/connect/") == ["/connections/"]


def test_styles_and_scripts_stay_small_files():
    for path in (path for kind in ("css", "js") for path in (ROOT / "static").rglob(f"*.{kind}")):
        assert len(path.read_text().splitlines()) < 250, path


def test_no_line_of_a_template_is_longer_than_160_characters():
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in TEMPLATES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 160
    ]

    assert long == []


@pytest.mark.parametrize("url", ["/integrations/connect/", "/sync/"])
def test_what_a_role_may_not_open_is_a_page_in_the_frame(as_alice, url):
    answer = as_alice.get(url)
    assert answer.status_code in (403, 404)
    page = answer.content.decode()
    assert "You don't have access to this page" in page
    assert 'class="shell"' in page


def test_enter_in_a_field_never_presses_a_button_that_goes_elsewhere():
    """Browsers press the first submit button of a form, wherever it stands."""
    wrong = []
    for path in TEMPLATES:
        text = path.read_text().replace('{% include "contacts_ui/components/_form_start.html" %}', START)
        for form in re.findall(r"<form\b.*?</form>", text, re.S):
            first = re.search(r"<button type=\"submit\"[^>]*", form)
            if first and "formaction" in first[0]:
                wrong.append(path.name)
    assert wrong == []
