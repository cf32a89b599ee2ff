"""Reads the .env file as python-dotenv does; a file or line that cannot be read is refused by name and number."""

import os
from io import StringIO
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv
from dotenv.parser import parse_stream


def load(given: str, default: Path) -> Path:
    """Put the settings of the file `given` (the value of ENV_FILE), else of `default`, into the environment.

    Returns its path. What the process was started with wins. Only `default` may be missing; raises
    ImproperlyConfigured.
    """
    path = Path(given) if given else default
    content = _text(path, may_be_missing=not given)
    for line in parse_stream(StringIO(content)):
        if line.error:
            # A line's text may hold a secret, so only its number is told.
            raise _refused(path, line.original.line + _blank_lines(line.original.string), "is not NAME=value")
    started_with = {name for name, value in os.environ.items() if value}
    try:
        load_dotenv(stream=StringIO(content), override=False)
    except ValueError as error:
        raise ImproperlyConfigured(f"{path} holds an invalid setting name ({error}).") from error
    for name in started_with:
        # NAME_FILE goes before NAME, but not the file's before the one that the process was started with.
        if f"{name}_FILE" not in started_with:
            os.environ.pop(f"{name}_FILE", None)
    return path


def _text(path: Path, *, may_be_missing: bool) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        if may_be_missing and isinstance(error, FileNotFoundError):
            return ""
        raise ImproperlyConfigured(
            f"The settings file {path} cannot be read ({error.strerror}). Correct ENV_FILE or the file."
        ) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(path, content.count(b"\n", 0, error.start) + 1, "is not UTF-8 text") from error
    if "\0" in text:
        raise _refused(path, text.count("\n", 0, text.index("\0")) + 1, "is not UTF-8 text")
    return text


def _blank_lines(text: str) -> int:
    return text[: len(text) - len(text.lstrip())].count("\n")


def _refused(path: Path, line: int, reason: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{path}, line {line}, {reason}. Correct that line; save the file as UTF-8.")
