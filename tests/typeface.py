"""Cuts the Inter typeface down to the small WOFF2 files of static/fonts: `make fonts`.

The files are committed, so that no installation needs what cuts them. Cut again they are the same to the byte.
"""

import logging
import shutil
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FOLDER = Path(__file__).parents[1] / "static" / "fonts"
# The same ranges stand in static/css/tokens.css, where the browser decides by them which file it needs.
LATIN = (
    "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,"
    "U+2190-2193,U+21B5,U+2212,U+2215,U+2318,U+FEFF,U+FFFD"
)
# What European names and prices need on top; apart from the larger file of letters that few pages show.
EUROPEAN = "U+0100-0130,U+0132-0151,U+0154-017F,U+0218-021B,U+1E9E,U+20A0-20AB,U+20AD-20C0"
EXTENDED = (
    "U+0180-0217,U+021C-02BA,U+02BD-02C5,U+02C7-02CC,U+0300-0301,U+0303-0304,U+0308-0309,"
    "U+0323,U+1E00-1E9D,U+1E9F-1EFF"
)
GREEK_CYRILLIC = "U+0370-03FF,U+0400-052F"
FACES = {
    "inter-latin.woff2": LATIN,
    "inter-european.woff2": EUROPEAN,
    "inter-extended.woff2": EXTENDED,
    "inter-greek-cyrillic.woff2": GREEK_CYRILLIC,
}
# tnum: figures in tables line up; kern, mark, mkmk, ccmp, locl: letters sit right in every language kept.
FEATURES = ["kern", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "case"]


def source() -> Path:
    """The folder of the installed package `fontpkg-inter` (SIL Open Font Licence)."""
    return Path(str(files("fontpkg_inter")))


def cut(ranges: str, target: Path) -> None:
    """Write `ranges` of the font to `target` as WOFF2: weights 400 to 700 stay variable, optical size is fixed.

    Takes a few seconds of CPU.
    """
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells every table it drops
    font = TTFont(source() / "files" / "Inter[opsz,wght].ttf", recalcTimestamp=False)
    options = subset.Options(flavor="woff2", layout_features=FEATURES, hinting=False, notdef_outline=True)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=subset.parse_unicodes(ranges))
    cutter.subset(font)
    font = instancer.instantiateVariableFont(font, {"opsz": 14, "wght": (400, 400, 700)})
    font.flavor = "woff2"
    font.save(target)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    shutil.copy(source() / "LICENSE", FOLDER / "OFL.txt")
    for name, letters in FACES.items():
        cut(letters, FOLDER / name)
        print(f"{name} {(FOLDER / name).stat().st_size:,} bytes")
