"""The typeface lies in the repository, small and free to use, and nothing that runs can cut it."""

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from fontTools import subset
from fontTools.ttLib import TTFont

from tests import typeface

CUTTERS = ("fontpkg", "fonttools")


def names_in(path):
    return re.findall(r"^([\w.-]+)==", (settings.BASE_DIR / path).read_text(), re.M)


@pytest.mark.parametrize("name", typeface.FACES)
def test_a_face_is_found_like_any_other_static_file(name):
    assert finders.find(f"fonts/{name}") == str(typeface.FOLDER / name)
    assert (typeface.FOLDER / name).read_bytes()[:4] == b"wOF2"


def test_the_folder_holds_the_faces_with_their_licence_and_nothing_else():
    assert {path.name for path in typeface.FOLDER.iterdir()} == {*typeface.FACES, "OFL.txt"}
    assert "SIL OPEN FONT LICENSE" in (typeface.FOLDER / "OFL.txt").read_text()


def test_the_browser_and_the_cutter_agree_on_the_letters():
    css = (settings.BASE_DIR / "static/css/tokens.css").read_text()
    declared = [set(re.findall(r"U\+[0-9A-F-]+", line)) for line in re.findall(r"unicode-range: ([^;]+)", css)]
    assert declared == [set(ranges.split(",")) for ranges in typeface.FACES.values()]
    assert re.findall(r"fonts/([\w.-]+)", css) == list(typeface.FACES)


def test_the_latin_face_is_small_and_keeps_its_weights_and_figures():
    latin = typeface.FOLDER / "inter-latin.woff2"
    font = TTFont(latin)
    assert latin.stat().st_size < 40_000
    assert [(axis.axisTag, axis.minValue, axis.maxValue) for axis in font["fvar"].axes] == [("wght", 400, 700)]
    assert "tnum" in {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
    assert {ord("A"), ord("ß"), ord("€"), ord("→")} <= set(font.getBestCmap())


def test_names_of_other_languages_have_their_letters():
    european, extended, other = (
        set(TTFont(typeface.FOLDER / name).getBestCmap()) for name in list(typeface.FACES)[1:]
    )
    assert set(map(ord, "łŁőşșğčžẞ₹")) <= european
    assert set(map(ord, "ặơưạ")) <= extended
    assert set(map(ord, "ΑωЖяіґ")) <= other


def test_no_letter_lies_in_two_faces():
    letters = [set(subset.parse_unicodes(ranges)) for ranges in typeface.FACES.values()]

    assert sum(map(len, letters)) == len(set.union(*letters))


def test_a_page_with_european_names_needs_little_more_than_one_in_english():
    sizes = {name: (typeface.FOLDER / name).stat().st_size for name in typeface.FACES}

    assert sizes["inter-european.woff2"] < 16_000
    assert sum(sizes.values()) < 120_000


def test_what_is_committed_is_what_is_cut(tmp_path):
    """Else `make fonts` was forgotten after a change of the ranges or of the cutter."""
    typeface.cut(typeface.LATIN, tmp_path / "latin.woff2")

    assert (tmp_path / "latin.woff2").read_bytes() == (typeface.FOLDER / "inter-latin.woff2").read_bytes()


def test_a_face_that_is_cut_again_is_the_same_to_the_byte(tmp_path, monkeypatch):
    """A change of one of them is then a change of its letters, never of the day on which it was cut."""
    cuts = []
    for moment in ("1000000000", "1700000000"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", moment)  # what the library takes for now
        typeface.cut("U+0041-005A", tmp_path / moment)
        cuts.append((tmp_path / moment).read_bytes())

    assert cuts[0] == cuts[1]


def test_what_cuts_is_no_part_of_an_installation():
    cutters = [name for name in names_in("requirements.txt") if name.startswith(CUTTERS)]

    assert cutters == []
    assert {"fontpkg-inter", "fonttools"} <= set(names_in("requirements-dev.txt"))
