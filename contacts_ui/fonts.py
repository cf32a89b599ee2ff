"""Cuts the Inter typeface down to two small WOFF2 files when static files are collected or first asked for."""

import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

# The same ranges stand in static/css/tokens.css, where the browser decides by them which file it needs.
LATIN = (
    "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,"
    "U+2190-2193,U+21B5,U+2212,U+2215,U+2318,U+FEFF,U+FFFD"
)
EXTENDED = (
    "U+0100-0130,U+0132-0151,U+0154-02BA,U+02BD-02C5,U+02C7-02CC,U+0300-0301,U+0303-0304,U+0308-0309,"
    "U+0323,U+0370-03FF,U+0400-052F,U+1E00-1EFF,U+20A0-20AB,U+20AD-20C0"
)
FACES = {"fonts/inter-latin.woff2": LATIN, "fonts/inter-extended.woff2": EXTENDED}
# tnum: figures in tables line up; kern, mark, mkmk, ccmp, locl: letters sit right in every language kept.
FEATURES = ["kern", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "case"]


def source_font() -> Path:
    """The variable TrueType file inside the installed package `fontpkg-inter` (SIL Open Font Licence)."""
    return Path(str(files("fontpkg_inter"))) / "files" / "Inter[opsz,wght].ttf"


def cut(source: Path, ranges: str, target: Path) -> None:
    """Write `ranges` of the font to `target` as WOFF2: weights 400 to 700 stay variable, optical size is fixed.

    Takes a few seconds of CPU. The file appears whole or not at all, so two processes may do this at once.
    """
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells every table it drops
    # Cut twice it is the same file, whoever was first: servers note lengths when they start.
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(flavor="woff2", layout_features=FEATURES, hinting=False, notdef_outline=True)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=subset.parse_unicodes(ranges))
    cutter.subset(font)
    font = instancer.instantiateVariableFont(font, {"opsz": 14, "wght": (400, 400, 700)})
    font.flavor = "woff2"
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    os.close(handle)
    font.save(name)
    os.replace(name, target)


class InterFinder(BaseFinder):
    """A static files finder whose two files are made on demand in `DATA_DIR`/static-generated.

    The folder carries the package's version, so an upgraded font is cut again and an old one never served.
    """

    def __init__(self, *_: Any, root: Path | None = None, make: Callable[[Path, str, Path], None] = cut) -> None:
        data_dir = root or Path(settings.DATA_DIR)
        self.root = data_dir / "static-generated" / f"inter-{version('fontpkg-inter')}"
        self.make = make
        self.storage = FileSystemStorage(location=self.root)

    def check(self, **_: Any) -> list[Any]:
        """Nothing to configure, so nothing to complain about."""
        return []

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        """The file's place on disk, cut first when it is not there; empty for any other path."""
        if path not in FACES:
            return []
        place = str(self._made(path))
        return [place] if find_all else place

    def list(self, _ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        """Both files, for collectstatic and for a server that reads its files at start."""
        for path in FACES:
            self._made(path)
            yield path, self.storage

    def _made(self, path: str) -> Path:
        place = self.root / path
        if not place.exists():
            self.make(source_font(), FACES[path], place)
        return place
