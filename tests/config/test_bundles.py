"""A bundle runs as its modules would apart, and nothing that a page needs is left out of it."""

import re

import pytest
from django.conf import settings

from config import bundles, static_files

STATIC, TEMPLATES = settings.BASE_DIR / "static", settings.BASE_DIR / "templates"


def script(**modules):
    """The bundle of `app`, with modules of these names and sources beside it."""
    return bundles.script("app.js", lambda name: modules[name.removesuffix(".js")])


def joined(entry):
    folder = (STATIC / entry).parent
    return static_files.ENTRIES[entry](entry.partition("/")[2], lambda name: (folder / name).read_text())


def test_a_module_stands_once_and_before_whoever_imports_it():
    bundle = script(
        app='import "./b.js";\nimport "./a.js";\n',
        a="export function one() {}\n",
        b='import { one } from "./a.js";\none();\n',
    )

    assert bundle.count("function one() {}") == 1
    assert bundle.index("function one() {}") < bundle.index("\none();")
    assert not re.search(r"^(import|export)\b", bundle, re.M)


def test_names_are_taken_as_they_are_imported():
    bundle = script(
        app='import {\n  ask as fetchPart,\n  tell,\n} from "./far-away.js";\n',
        **{"far-away": "export async function ask() {}\nexport const tell = 1;\n"},
    )

    assert "const $far_away = (() => {" in bundle
    assert "return { ask, tell };" in bundle
    assert re.search(r"const \{ ask: fetchPart,\s+tell, \} = \$far_away;", bundle)


def test_a_module_that_fails_stops_no_other():
    bundle = script(app='import "./a.js";\nimport "./b.js";\n', a="throw 1;\n", b="go();\n")

    assert bundle.count("catch (error) { reportError(error); }") == 3


def test_comments_stay_with_the_source_and_addresses_stay_whole():
    bundle = script(app='// What it is for.\nconst place = "https://x";\n  // why\ngo(place);\n')

    assert "//" not in bundle.replace("https://x", "")
    assert 'const place = "https://x";' in bundle


@pytest.mark.parametrize(
    "source",
    [
        'import all from "./a.js";',
        'import * as all from "./a.js";',
        'import { a } from "https://elsewhere/a.js";',
        'const a = await import("./a.js");',
        "export default 1;",
        "export let a = 1;",
        'export { a } from "./a.js";',
        "await go();",
        "const here = import.meta.url;",
    ],
)
def test_what_would_run_otherwise_in_a_bundle_is_refused_by_its_name(source):
    with pytest.raises(bundles.NotJoinableError, match=r"app\.js cannot be bundled"):
        script(app=source + "\n", a="export const a = 1;\n")


def test_a_circle_of_imports_is_refused():
    with pytest.raises(bundles.NotJoinableError, match=r"app\.js imports a\.js imports app\.js"):
        script(app='import "./a.js";\n', a='import "./app.js";\n')


def test_a_sheet_stands_where_it_is_imported():
    sheets = {"app.css": '/* Frame */\n@import "a.css";\n@import "b.css";\n', "a.css": "a{}\n", "b.css": "b{}\n"}

    assert bundles.style_sheet("app.css", sheets.get) == "a{}\n\nb{}\n\n"


def test_a_sheet_that_imports_in_turn_is_refused():
    sheets = {"app.css": '@import "a.css";\n', "a.css": '@import url("b.css");\n'}

    with pytest.raises(bundles.NotJoinableError, match=r"app\.css"):
        bundles.style_sheet("app.css", sheets.get)


def test_the_bundle_of_the_frame_holds_every_module():
    bundle = joined("js/app.js")

    modules = {path for path in (STATIC / "js").glob("*.js") if f"js/{path.name}" not in static_files.ENTRIES}

    assert len(modules) > 10
    assert {path.name for path in modules if _first_line_of_code(path) not in bundle} == set()


def test_every_sheet_is_in_the_bundle_or_asked_for_by_a_page():
    joined = {name.removeprefix("css/") for name in static_files.ENTRIES if name.startswith("css/")}
    sources = "".join((STATIC / "css" / name).read_text() for name in joined)
    imported = set(re.findall(r'@import "(.+)";', sources)) | joined
    named = set(re.findall(r'{% static "css/(.+?)" %}', _templates()))

    assert {path.name for path in (STATIC / "css").glob("*.css")} == imported | named
    assert imported & named == joined


def test_no_page_loads_a_module_of_a_bundle_a_second_time():
    scripts = re.findall(r'{% static "(js/.+?)" %}', _templates())

    assert sorted(scripts) == ["js/app.js", "js/plain.js"]


def _templates():
    return "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))


def _first_line_of_code(path):
    lines = path.read_text().splitlines()
    return next(line for line in lines if line and not line.startswith(("//", "import", "export")))
