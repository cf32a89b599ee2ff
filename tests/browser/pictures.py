"""Pictures of every state of the product, at four widths, light and dark, and one sheet a state to judge them by.

`python -m tests.browser.pictures [FOLDER] [NAME ...] [--beside FOLDER]`: all states, or those named. `--beside` is
a folder of drawings; those called like the state, or like the beginning of its name, stand on its sheet.
"""

import argparse
import re
import sys
import tempfile
import traceback
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.chromium import find_chromium, launched
from tests.browser.picture import rest
from tests.browser.stage import DEVICES, Stage, stage
from tests.browser.states import STATES, State

SCHEMES = ("light", "dark")
PATIENCE = 60_000
SHEET = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 16px; background: #888; font: 600 20px sans-serif }}
main, div {{ display: flex; gap: 16px; margin-top: 16px; align-items: start }} img {{ min-width: 0; flex: 1 1 0 }}
section {{ width: 1568px }} aside {{ display: grid; gap: 16px; width: 700px }} aside img {{ width: 700px }}
</style>{name}<main><section>{rows}</section>{drawings}</main>"""


def named(names: Iterable[str]) -> list[State]:
    """The states to show, in the order of the table: a later one lives with what an earlier one did."""
    wanted = set(names)
    if unknown := wanted - {state.name for state in STATES}:
        known = ", ".join(state.name for state in STATES)
        sys.exit(f"There is no state {', '.join(sorted(unknown))}. There are {known}.")
    return [state for state in STATES if not wanted or state.name in wanted]


def shoot(on: Stage, state: State, folder: Path) -> list[Path]:
    """The state's eight pictures, the wide ones first."""
    folder.mkdir(parents=True, exist_ok=True)
    places, taken = state.before(on), []
    for device, options in DEVICES.items():
        context = on.context(state.who, device)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(on.site_of(state.who) + state.path.format(**on.places | places))
        state.then(page, on)
        for width, height in options["widths"].items():
            page.set_viewport_size({"width": width, "height": height})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.evaluate("document.fonts.ready.then(() => {})")
                rest(page)
                taken.append(folder / f"{width}-{scheme}.png")
                page.screenshot(path=taken[-1])
        context.close()
    return taken


def matching(name: str, beside: Path | None) -> list[Path]:
    """The drawings of `beside` called like the state, or like what its name begins with; the longest such name."""
    found: dict[str, list[Path]] = {}
    for path in sorted(beside.glob("*.png")) if beside else ():
        subject = re.sub(r"^\d+-|-(light|dark|mobile)$", "", path.stem)
        if name == subject or name.startswith(f"{subject}-"):
            found.setdefault(subject, []).append(path)
    return found[max(found, key=len)] if found else []


def draw_sheet(browser: Browser, name: str, taken: list[Path], drawings: list[Path]) -> Path:
    """One picture of them all: two wide ones a row, then the phones, and the drawings beside them."""
    rows = "".join(f"<div>{_images(row)}</div>" for row in (taken[:2], taken[2:4], taken[4:]))
    beside = f"<aside>{_images(drawings)}</aside>" if drawings else ""
    source, target = taken[0].with_name("sheet.html"), taken[0].parent.with_suffix(".png")
    source.write_text(SHEET.format(name=name, rows=rows, drawings=beside))
    page = browser.new_page(viewport={"width": 2316 if drawings else 1600, "height": 900})
    page.goto(source.resolve().as_uri())
    page.screenshot(path=target, full_page=True)
    page.close()
    return target


def _images(paths: list[Path]) -> str:
    return "".join(f"<img src={path.resolve().as_uri()!r}>" for path in paths)


def take_all(browser: Browser, states: list[State], folder: Path, beside: Path | None) -> list[str]:
    """The names of those that could not be reached."""
    missed = []
    with stage(browser) as on:
        for state in states:
            try:
                taken = shoot(on, state, folder / state.name)
                print(draw_sheet(browser, state.name, taken, matching(state.name, beside)), flush=True)
            except (Exception, SystemExit):  # noqa: BLE001  the others are wanted all the same
                traceback.print_exc()
                missed.append(state.name)
            on.calm()
    return missed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=__doc__)
    usual = Path(tempfile.gettempdir(), "throughline-pictures")
    parser.add_argument("folder", nargs="?", type=Path, default=usual)
    parser.add_argument("names", nargs="*", metavar="name")
    parser.add_argument("--beside", type=Path)
    given = parser.parse_intermixed_args()
    states, chromium = named(given.names), find_chromium()
    if not chromium:
        sys.exit("No Chromium found: install the Debian package chromium.")
    with launched(chromium) as browser:
        missed = take_all(browser, states, given.folder, given.beside)
    if missed:
        sys.exit(f"Not reached: {', '.join(missed)}. What stopped them is above.")


if __name__ == "__main__":
    main()
