"""Collected files carry a hash and may be kept for good; where nothing is collected, pages work all the same."""

import logging
import re
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import CommandError, call_command
from django.template.loader import get_template, render_to_string
from django.test import Client, override_settings

from config import static_files
from tests import ready
from tests.conftest import PASSWORD

HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")
KEPT = "max-age=31536000, public, immutable"


@contextmanager
def root(folder):
    """The product with its collected files in this folder."""
    with override_settings(STATIC_ROOT=folder):
        yield


@contextmanager
def more_sources(folder):
    """The product with these files in front of its own."""
    with override_settings(STATICFILES_DIRS=[folder, *settings.STATICFILES_DIRS]):
        finders.get_finder.cache_clear()
        yield
    finders.get_finder.cache_clear()


def collect(*options):
    call_command("collectstatic", "--noinput", "--verbosity", "0", *options)


@pytest.fixture(scope="module")
def collected():
    return ready.collected()


@pytest.fixture
def browse(collected):
    with root(collected):
        yield Client()


def assets(page):
    return re.findall(r'<(?:link|script)[^>]*(?:href|src)="(/static/[^"]+)"', page.content.decode())


@pytest.mark.django_db
def test_a_page_names_only_files_with_a_hash_and_browsers_may_keep_them(browse):
    found = assets(browse.get("/account/login/"))

    assert len(found) == 4  # icon, typeface, style sheet, script
    for address in found:
        answer = browse.get(address)
        assert HASHED.search(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == KEPT


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/contacts/", "/sync/", "/connections/", "/account/appearance/"])
def test_a_page_with_a_frame_takes_at_most_two_sheets_and_two_scripts(browse, carol, remote, page):
    browse.post("/account/login/", {"login": "carol@example.com", "password": PASSWORD})
    found = assets(browse.get(page))

    assert len([address for address in found if address.endswith(".css")]) <= 2
    assert len([address for address in found if address.endswith(".js")]) == 2  # htmx and ours
    assert [address for address in found if not HASHED.search(address)] == []


def test_the_typeface_that_is_preloaded_is_the_one_that_the_sheet_names(browse):
    sheet = (settings.STATIC_ROOT / staticfiles_storage.hashed_files["css/app.css"]).read_text()
    [preloaded] = re.findall(r'as="font"[^>]*href="([^"]+)"', render_to_string("_assets.html"))

    assert preloaded.replace("/static/", "../") in re.findall(r'url\("([^"]+)"\)', sheet)


def test_bundles_are_served_compressed_and_hold_no_import(browse):
    for entry in static_files.ENTRIES:
        address = staticfiles_storage.url(entry)
        whole = b"".join(browse.get(address).streaming_content)
        small = browse.get(address, headers={"Accept-Encoding": "gzip, br"})
        assert small.headers["Content-Encoding"] == "br"
        assert small.headers["Vary"] == "Accept-Encoding"
        assert len(b"".join(small.streaming_content)) < len(whole) / 2
        assert not re.search(rb"^\s*@?import\b", whole, re.M)


def test_what_a_contact_page_loads_besides_itself_is_small(browse):
    """The bench measures the whole visit in a browser, which may fetch 150 kB."""
    names = ["css/app.css", "css/contact.css", "js/app.js", "img/mark.svg"]
    names += ["fonts/inter-latin.woff2", "django_htmx/htmx-2.min.js"]
    weights = {
        name: sum(
            len(part)
            for part in browse.get(
                staticfiles_storage.url(name), headers={"Accept-Encoding": "br"}
            ).streaming_content
        )
        for name in names
    }

    assert sum(weights.values()) < 90_000, weights


def test_a_name_without_a_hash_is_asked_for_again_soon(browse):
    assert "immutable" not in browse.get("/static/css/app.css").headers["Cache-Control"]


def test_a_file_that_changes_gets_another_name(tmp_path, collected):
    before = (collected / "staticfiles.json").read_text()
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "base.css").write_text("body { color: red }\n")
    with root(tmp_path / "root"), more_sources(tmp_path):
        collect()
        after = (tmp_path / "root" / "staticfiles.json").read_text()

    name = re.compile(r'"css/app\.css": "(.+?)"')
    assert name.search(before)[1] != name.search(after)[1]


def test_a_module_that_is_not_there_is_said_in_a_sentence(tmp_path):
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "plain.js").write_text('import "./gone.js";\n')
    said = pytest.raises(CommandError, match=r"js/plain\.js leads to gone\.js, which is not there\.")
    with root(tmp_path / "root"), more_sources(tmp_path), said:
        collect()


def test_collecting_with_links_leaves_the_source_as_it_is(tmp_path):
    source = settings.BASE_DIR / "static" / "js" / "plain.js"
    before = source.read_text()
    with root(tmp_path):
        collect("--link")

    assert source.read_text() == before
    assert "import" not in (tmp_path / "js" / "plain.js").read_text()


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [False, True])
def test_without_collecting_a_page_names_the_sources_and_finds_them(tmp_path, debug):
    with root(tmp_path), override_settings(DEBUG=debug):
        client = Client()
        found = assets(client.get("/account/login/"))

        assert "/static/css/app.css" in found
        assert {client.get(address).status_code for address in found} == {200}
        assert "immutable" not in client.get("/static/css/app.css").headers["Cache-Control"]


def test_what_was_forgotten_is_said_at_the_start_and_what_to_do(tmp_path, collected, caplog):
    with root(tmp_path), caplog.at_level(logging.WARNING):
        static_files.warn()
    assert caplog.messages == [static_files.ADVICE]
    caplog.clear()

    with root(collected), caplog.at_level(logging.WARNING):
        static_files.warn()
    assert caplog.messages == []


def test_a_change_after_collecting_is_noticed(tmp_path, collected):
    with root(collected):
        assert static_files.are_collected()
        (tmp_path / "new.css").write_text("a{}")
        with more_sources(tmp_path):
            assert not static_files.are_collected()


def test_every_file_that_a_template_names_is_there():
    templates = (settings.BASE_DIR / "templates").rglob("*.html")
    named = {name for path in templates for name in re.findall(r'{% static "(.+?)" %}', path.read_text())}

    assert len(named) > 8
    assert {name for name in named if not finders.find(name)} == set()


def test_a_template_is_read_once():
    assert get_template("base.html").template is get_template("base.html").template
