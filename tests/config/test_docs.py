"""README.md keeps up with the code."""

import re
from pathlib import Path

from config import parts

ROOT = Path(__file__).parents[2]
READERS = r"env\.[a-z_]+\(\s*\"([A-Z_0-9]+)\""


def test_every_setting_is_in_the_table_and_every_row_is_a_setting():
    source = (ROOT / "config/settings.py").read_text() + 'env.text("PORT"'
    read = set(re.findall(READERS, source))

    documented = set(re.findall(r"^\| `([A-Z_0-9]+)` \|", (ROOT / "README.md").read_text(), re.M))

    assert documented == read


def test_the_web_is_served_as_make_run_serves_it():
    words = re.search(r"^ *granian (.*?)^ *celery", (ROOT / "README.md").read_text(), re.M | re.S)[1]

    assert words.replace("\\\n", " ").split() == [*parts.WEB, "config.asgi:application"]


def test_every_module_opens_with_a_line_on_what_it_does():
    modules = [
        path
        for folder in ("config", "contacts_ui", "integrations")
        for path in (ROOT / folder).rglob("*.py")
        if path.stat().st_size and "migrations" not in path.parts
    ]

    assert [
        path
        for path in modules
        if '"""' not in path.read_text().splitlines()[0 if path.name != "manage.py" else 1]
    ] == []


def test_no_requirement_file_names_an_address():
    assert not [path for path in ROOT.glob("requirements*.txt") if "://" in path.read_text()]
