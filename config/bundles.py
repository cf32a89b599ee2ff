"""Joins a script with the modules it imports, a style sheet with the sheets it imports: one file, one request.

Knows the forms that static/ uses and refuses the others, so what runs joined is what runs apart.
"""

import re
from collections.abc import Callable

# Reads a sibling of the entry by its name.
Read = Callable[[str], str]

IMPORT = re.compile(r'^import (?:\{\s*([^}]*?)\s*\} from )?"\./([\w-]+\.js)";$', re.M)
EXPORT = re.compile(r"^export (?=(?:(?:async )?function|const|class) (\w+))", re.M)
OTHER_FORMS = re.compile(r"^(?:import|export|await|for await)\b.*|\bimport[(.].*", re.M)
SHEET = re.compile(r'^@import "([\w-]+\.css)";$', re.M)
# Whole lines only: what looks like a comment behind code may be part of an address.
SCRIPT_COMMENT = re.compile(r"^\s*//.*\n", re.M)
SHEET_COMMENT = re.compile(r"/\*.*?\*/\s*", re.S)


class NotJoinableError(Exception):
    """A file that cannot become part of a bundle, and why, in a sentence."""


def script(entry: str, read: Read) -> str:
    """The modules of `entry` in the order in which a browser runs them, each in a scope of its own.

    Raises NotJoinableError for a circle of imports, and for forms of import and export that are not known here.
    """
    joined: dict[str, str] = {}
    _add_module(entry, read, joined, ())
    return "\n".join(joined.values()) + "\n"


def _add_module(name: str, read: Read, joined: dict[str, str], importers: tuple[str, ...]) -> None:
    if name in importers:
        raise NotJoinableError(f"{' imports '.join([*importers, name])}: a circle. Break it.")
    if name in joined:
        return
    source = SCRIPT_COMMENT.sub("", read(name))
    for imported in IMPORT.finditer(source):
        _add_module(imported[2], read, joined, (*importers, name))
    joined[name] = _module(name, source)


def _module(name: str, source: str) -> str:
    body = EXPORT.sub("", IMPORT.sub(_taken, source)).strip()
    if unknown := OTHER_FORMS.search(body):
        raise NotJoinableError(f"{name} cannot be bundled: config/bundles.py does not know “{unknown[0]}”.")
    if exported := EXPORT.findall(source):
        return f"const {_variable(name)} = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();"
    # One that fails stops no other, as if each were a script of its own.
    return f"try {{ (() => {{\n{body}\n}})(); }} catch (error) {{ reportError(error); }}"


def _taken(found: re.Match[str]) -> str:
    names = re.sub(r"\s+as\s+", ": ", found[1] or "")
    return f"const {{ {names} }} = {_variable(found[2])};" if names else ""


def _variable(name: str) -> str:
    return "$" + name.removesuffix(".js").replace("-", "_")


def style_sheet(entry: str, read: Read) -> str:
    """The sheets that `entry` imports, in their order. Raises NotJoinableError for an import within those."""
    joined = SHEET.sub(lambda found: SHEET_COMMENT.sub("", read(found[1])), SHEET_COMMENT.sub("", read(entry)))
    if "@import" in joined:
        raise NotJoinableError(f"A sheet that {entry} imports must not import another, and {entry} only siblings.")
    return joined
