"""Reads the word lists beside the code: one phrase a line, some files with [sections]."""

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "words"


@cache
def phrases(name: str) -> tuple[str, ...]:
    """Every phrase of a file without sections, in its order."""
    return tuple(line for line in _read(name) if line)


@cache
def sections(name: str) -> dict[str, tuple[str, ...]]:
    """The phrases under each [section] of a file, in its order."""
    found: dict[str, list[str]] = {}
    heading = ""
    for line in _read(name):
        if line.startswith("[") and line.endswith("]"):
            heading = line[1:-1]
        elif line:
            found.setdefault(heading, []).append(line)
    return {title: tuple(lines) for title, lines in found.items()}


def _read(name: str) -> list[str]:
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
