"""The typeface is cut once, into two files, and found by the static files machinery."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from fontTools.ttLib import TTFont

from contacts_ui import fonts


@pytest.fixture
def finder(tmp_path):
    made = []

    def make(source, ranges, target):
        made.append(target.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"wOF2")

    finder = fonts.InterFinder(root=tmp_path, make=make)
    finder.made = made
    return finder


def test_a_face_is_cut_when_first_asked_for_and_never_again(finder):
    first = finder.find("fonts/inter-latin.woff2")
    assert Path(first).read_bytes() == b"wOF2"
    assert finder.find("fonts/inter-latin.woff2", find_all=True) == [first]
    assert finder.made == ["inter-latin.woff2"]


def test_collecting_finds_both_and_nothing_else(finder):
    assert [path for path, _ in finder.list(None)] == list(fonts.FACES)
    assert finder.find("css/base.css") == []
    assert finder.find("../secrets") == []


def test_the_browser_and_the_cutter_agree_on_the_letters():
    css = (settings.BASE_DIR / "static/css/tokens.css").read_text()
    declared = [set(re.findall(r"U\+[0-9A-F-]+", line)) for line in re.findall(r"unicode-range: ([^;]+)", css)]
    assert declared == [set(ranges.split(",")) for ranges in fonts.FACES.values()]


def test_the_latin_face_is_small_and_keeps_its_weights_and_figures(tmp_path):
    target = tmp_path / "inter.woff2"
    fonts.cut(fonts.source_font(), fonts.LATIN, target)
    font = TTFont(target)
    assert target.stat().st_size < 40_000
    assert [(axis.axisTag, axis.minValue, axis.maxValue) for axis in font["fvar"].axes] == [("wght", 400, 700)]
    assert "tnum" in {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
    assert {ord("A"), ord("ß"), ord("€"), ord("→")} <= set(font.getBestCmap())


def test_a_face_that_is_cut_again_is_the_same_to_the_byte(tmp_path, monkeypatch):
    """A server that noted a file's length at its start would else send another one than it promised."""
    cuts = []
    for moment in ("1000000000", "1700000000"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", moment)  # what the library takes for now
        fonts.cut(fonts.source_font(), "U+0041-005A", tmp_path / moment)
        cuts.append((tmp_path / moment).read_bytes())

    assert cuts[0] == cuts[1]
