"""Shows custom fields and changes of them: any value the provider may send becomes a short text. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from contacts_ui.formatting import clock

LONGEST = 400
MOMENT = "moment"  # how a change names a value that is one
# Of a changed value, old or new: enough to tell what happened, while fifty changes may stand on one page.
LONGEST_CHANGED = 500


@dataclass(frozen=True, slots=True)
class Definition:
    """Name and type of a custom field, as the provider calls them; whether and how profiles show it."""

    name: str
    data_type: str = ""
    position: int = 0
    is_shown: bool = True
    shown_as: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the profile. `url` is set for a link or a file; `key` is the field's id."""

    name: str
    value: str
    url: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One changed field, both values in words; an empty value is "none"."""

    field: str
    old: str
    new: str


def custom_fields(values: Sequence[Any], definitions: Mapping[str, Definition]) -> list[Field]:
    """The filled fields in the order of their definitions; one without a definition comes last, by its id."""
    rows = []
    for item in values:
        if not isinstance(item, Mapping):
            continue
        remote_id = str(item.get("id", ""))
        known = definitions.get(remote_id) or Definition("", position=10**9)
        field = shown(item.get("value"), known) if known.is_shown else Field("", "")
        if field.value:
            rows.append(
                (
                    known.position,
                    replace(field, name=(known.name or f"Field {remote_id}")[:LONGEST], key=remote_id),
                )
            )
    return [field for _, field in sorted(rows, key=lambda row: row[0])]


def shown(value: Any, definition: Definition) -> Field:
    """A value as the workspace wants it shown; one that is nothing of the kind stays as it is."""
    text, url = words(value, definition.data_type), link(value)
    transform = TRANSFORMS.get(definition.shown_as)
    if not text or transform is None or isinstance(value, dict):
        return Field(definition.name, text, url)
    if definition.shown_as == "link":
        return Field(definition.name, text, url or _as_address(text))
    return Field(definition.name, transform(value) or text, url)


def _as_address(text: str) -> str:
    """A web address without its beginning, as people type it: "cedar.example/roof"."""
    host = text.partition("/")[0]
    return f"https://{text}" if "." in host.strip(".") and link(f"https://{text}") and "@" not in host else ""


def _as_number(value: Any) -> str:
    try:
        number = float(str(value).replace(",", ""))
    except ValueError:
        return ""
    return f"{int(number) if number.is_integer() else number:,}" if abs(number) < 1e15 else ""


def _as_yes_or_no(value: Any) -> str:
    told = words(value).strip().casefold()
    return (
        "Yes"
        if told in ("yes", "y", "true", "1", "on")
        else "No"
        if told in ("no", "n", "false", "0", "off")
        else ""
    )


def _as_date(value: Any) -> str:
    number = str(value).strip()
    return _spelled_date(int(number) if number.isdigit() and len(number) > 8 else str(value))


TRANSFORMS: dict[str, Callable[[Any], str]] = {
    "date": _as_date,
    "number": _as_number,
    "yes_no": _as_yes_or_no,
    "link": str,
}


def unknown_fields(extra: Mapping[str, Any]) -> list[Field]:
    """What the provider sent that we have no word for, under its own names: shown rather than dropped."""
    shown = ((name, value, words(value)) for name, value in extra.items())
    return [Field(name[:LONGEST], text, link(value)) for name, value, text in shown if text]


def words(value: Any, data_type: str = "") -> str:
    """Any JSON value as a short text: lists joined, numbers grouped, dates spelled, files by their name."""
    if value is None or value in ("", [], {}):  # not a case below: as a pattern, {} matches every mapping
        return ""
    match value:
        case bool():
            return "Yes" if value else "No"
        case int() | float():
            return _spelled_date(value) if "DATE" in data_type.upper() else f"{value:,}"
        case str():
            return _spelled_date(value) if "DATE" in data_type.upper() else value[:LONGEST]
        case list():
            return ", ".join(filter(None, (words(item) for item in value)))[:LONGEST]
        case dict():
            return ", ".join(filter(None, (_named(key, item) for key, item in value.items())))[:LONGEST]
    return str(value)[:LONGEST]


def link(value: Any) -> str:
    """The address inside a value, when it is exactly one web address; "" otherwise, also for any other scheme."""
    if isinstance(value, dict) and len(value) == 1:
        only = next(iter(value.values()))
        value = only.get("url") if isinstance(only, dict) else None
    if not isinstance(value, str) or " " in value:
        return ""
    try:
        return value if urlsplit(value).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def changes(
    parts: Sequence[Mapping[str, Any]], definitions: Mapping[str, Definition], names: Mapping[str, str]
) -> list[Change]:
    """What one sync changed, field by field; ids become names, custom fields are told apart, values are cut."""
    told = []
    for part in parts:
        field, old, new = str(part.get("field", "")), part.get("old"), part.get("new")
        if field == "Custom fields":
            told += _custom_changes(old, new, definitions)
        elif field == "Tags":
            told += _tag_changes(old or [], new or [])
        elif part.get("as") == MOMENT:
            told.append(Change(field, _spelled_moment(old), _spelled_moment(new)))
        else:
            told.append(Change(field, _name_or_words(old, names), _name_or_words(new, names)))
    return [Change(_cut(change.field), _cut(change.old), _cut(change.new)) for change in told]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CHANGED else f"{text[: LONGEST_CHANGED - 1]}…"


def _custom_changes(old: Any, new: Any, definitions: Mapping[str, Definition]) -> list[Change]:
    before, after = _by_id(old), _by_id(new)
    told = []
    for remote_id in before | after:
        if before.get(remote_id) == after.get(remote_id):
            continue  # most of a long list; spelling them out only to find them equal takes seconds
        definition = definitions.get(remote_id, Definition(f"Field {remote_id}"))
        pair = [words(side.get(remote_id), definition.data_type) for side in (before, after)]
        if pair[0] != pair[1]:
            told.append(Change(definition.name, *pair))
    return told


def _tag_changes(old: Sequence[Any], new: Sequence[Any]) -> list[Change]:
    before, after = dict.fromkeys(map(str, old)), dict.fromkeys(map(str, new))
    gone = ", ".join(tag for tag in before if tag not in after)
    come = ", ".join(tag for tag in after if tag not in before)
    return [Change("Tags", gone, come)]


def _by_id(values: Any) -> dict[str, Any]:
    rows = values if isinstance(values, list) else []
    return {str(row.get("id", "")): row.get("value") for row in rows if isinstance(row, Mapping)}


def _name_or_words(value: Any, names: Mapping[str, str]) -> str:
    return names.get(value, value) if isinstance(value, str) else words(value)


def _named(key: str, item: Any) -> str:
    # A file field maps an id of no meaning to {"meta": {"originalname": ...}, "url": ...}.
    if isinstance(item, dict) and "url" in item:
        meta = item.get("meta")
        name = meta.get("originalname") if isinstance(meta, dict) else ""
        return str(name or "File")
    text = words(item)
    return f"{key}: {text}" if text else ""


def _spelled_moment(value: Any) -> str:
    """A moment as a change keeps it, in the reader's zone."""
    if not value:
        return ""
    moment = clock.local(datetime.fromisoformat(value))
    return f"{moment.day} {moment:%b %Y, %H:%M}"


def _spelled_date(value: float | str) -> str:
    try:
        moment = (
            datetime.fromisoformat(value) if isinstance(value, str) else datetime.fromtimestamp(value / 1000, UTC)
        )
    except (ValueError, OverflowError, OSError):
        return str(value)[:LONGEST]
    return f"{moment.day} {moment:%b %Y}"
