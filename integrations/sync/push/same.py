"""Whether two values of a field are the same to a person, though a provider writes them in its own way. Pure."""

import re
from collections.abc import Callable
from typing import Any

from integrations.activity import markup, phones
from integrations.sync.push.operations import CUSTOM

_SPACES = re.compile(r"\s+")


def same(name: str, one: Any, other: Any) -> bool:
    """Compare two plain values of the field `name`."""
    if one == other:
        return True
    if name.startswith(CUSTOM):
        return bool(_custom(one) == _custom(other))
    alike = ALIKE.get(name)
    return alike is not None and bool(alike(one) == alike(other))


def _words(value: Any) -> str:
    return _SPACES.sub(" ", str(value or "")).strip()


def _text(value: Any) -> str:
    """What a text says without its markup, which is rewritten on its way."""
    return _words(markup.plain_text(str(value or "")))


def _folded(value: Any) -> Any:
    return [_folded(one) for one in value] if isinstance(value, list) else _words(value).casefold()


def _phone(value: Any) -> str:
    return phones.dialled(str(value or "")).lstrip("+")


def _custom(value: Any) -> Any:
    """Numbers come back as texts, and one choice as a list of one."""
    if isinstance(value, list):
        return sorted(str(one) for one in value) if len(value) != 1 else _custom(value[0])
    if value is None or isinstance(value, bool):
        return str(value or "")
    try:
        return float(value)
    except (TypeError, ValueError):
        return _words(value)


ALIKE: dict[str, Callable[[Any], Any]] = {
    "name": _folded,
    "first_name": _folded,
    "last_name": _folded,
    "email": _folded,
    "phone": _phone,
    "tag_names": _folded,
    "source": _folded,
    "company": _words,
    "title": _words,
    "body": _text,
    "colour": _folded,
}
