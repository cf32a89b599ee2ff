"""What people read, taken out of the source: the words of pages, of sentences in Python and of help texts."""

import ast
import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("config", "contacts_ui", "integrations")
SEED = ROOT / "integrations/sandbox/seed"  # invented people write as they like
PLAYED = ROOT / "integrations/sandbox"  # speaks as the vendor does
UNSEEN = re.compile(r"{% comment %}.*?{% endcomment %}|{#.*?#}|<(script|style|svg|code).*?</\1>", re.S)
TAG = re.compile(r"{%.*?%}", re.S)
VALUE = re.compile(r"{{.*?}}", re.S)
MARKUP = re.compile(r"<[a-z/!][^<>]*>", re.I)
SPOKEN = re.compile(r'\b(?:title|aria-label|placeholder|alt)="([^"]*)"')
BLOCK = re.compile(
    r"</?(?:p|h\d|div|li|td|th|dt|dd|label|button|summary|section|strong|title|legend|header)\b[^<>]*>"
)
SQL = re.compile(r"[A-Z]{2,}\b")


def read_once[Found](walk: Callable[[], Iterator[Found]]) -> Callable[[], Iterator[Found]]:
    """A walk through the source, which no test changes: the first one keeps what it finds for the others."""
    found = functools.cache(lambda: tuple(walk()))
    return functools.wraps(walk)(lambda: iter(found()))


@read_once
def templates() -> Iterator[tuple[str, str]]:
    """Each template with its source, without comments, code and drawings."""
    for path in sorted((ROOT / "templates").rglob("*.*")):
        yield str(path.relative_to(ROOT)), UNSEEN.sub(" ", path.read_text())


@read_once
def page_texts() -> Iterator[tuple[str, str]]:
    """Each piece of text on a page: X stands for a value, a template's tags are left out."""
    for name, source in templates():
        bare = VALUE.sub("X", TAG.sub("", source))
        spoken = SPOKEN.findall(bare)
        pieces = [MARKUP.sub("", piece) for piece in BLOCK.split(bare)]
        for piece in [*spoken, *pieces]:
            said = " ".join(piece.split())
            if re.search(r"[a-z]{2}", said):
                yield name, said


@read_once
def headings() -> Iterator[tuple[str, str]]:
    """What stands on heads, buttons, labels and links."""
    for name, source in templates():
        for said in re.findall(
            r"<(?:h\d|button|label|summary|dt|th|legend|title|a)\b[^<>]*>(.*?)</", source, re.S
        ):
            yield name, " ".join(MARKUP.sub("", TAG.sub("|", VALUE.sub("x", said))).split())


@read_once
def python_files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (path for path in sorted((ROOT / package).rglob("*.py")) if SEED not in path.parents)
    yield ROOT / "manage.py"


@read_once
def sentences() -> Iterator[tuple[str, str]]:
    """Strings in Python that read as sentences: a capital, at least three words, no SQL, no docstring."""
    for path in python_files():
        if PLAYED in path.parents:
            continue
        for said in _strings(ast.parse(path.read_text())):
            is_words = re.match(r"[A-Z“X][\w'’]* \S+ \S", said) and "<" not in said
            if is_words and not SQL.match(said):
                yield str(path.relative_to(ROOT)), said


@read_once
def help_texts() -> Iterator[tuple[str, str]]:
    """What `--help` says of each argument."""
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_argument":
                yield from (
                    (path.stem, ast.literal_eval(word.value))
                    for word in node.keywords
                    if word.arg == "help" and isinstance(word.value, ast.Constant)
                )


def _strings(tree: ast.AST) -> Iterator[str]:
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):  # a docstring
            inside.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in ast.walk(node) if part is not node}
            if id(node) not in inside:
                yield "".join(part.value if isinstance(part, ast.Constant) else "X" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value
