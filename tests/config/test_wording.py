"""What people read is plain English: no word that explains nothing, one spelling, one kind of sign."""

import os
import re
import subprocess
from itertools import chain

import pytest

from tests.config import wording

# Each with what says it better.
AVOIDED = {
    r"simply|obviously|kindly": "nothing",
    r"just(?! now| one)": "nothing",
    r"somebody|whoever|everybody|anybody": "who it is, or everyone",
    r"the other side|over there": "GoHighLevel",
    r"letter by letter": "exactly",
    r"(?:was|were|is) asked for": "who asked",
    r"goes on|go on|went on": "continues",
    r"by itself|of itself": "automatically",
    r"meanwhile": "when, or what happened first",
    r"hangs? on|of its own": "depends on",
    r"do(?:es)? not fit|fits? together": "match",
    r"for good": "permanently",
    r"news": "what is new",
    r"e-mails?": "email",
    r"(?:at|is) hand": "what one needs",
    r"e\.g\.|i\.e\.|etc\.": "for example",
    r"utili[sz]e|leverage|in order to": "use, to",
    r"so already|by now|anew|none any more|st[oa][on]d still": "already, now, again",
    r"is no (?:phone|email|text|id)|no text": "is not a",
    r"shut out|put away|taken? away|give it up": "removed, stopped",
}
# Names that keep their capitals.
NAMES = re.compile(
    r"GHL|GoHighLevel|OAuth|Throughline|URL|ID|Esc|JSON|CSV|UTC|API|[A-Z]_?[A-Z_]+|[A-Z]|Connections|Appearance|"
    r"Dana|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
)


@wording.read_once
def readme():
    source = (wording.ROOT / "README.md").read_text()
    for part in re.sub(r"```.*?```|`[^`]*`|\(https?:[^)]*\)", "X", source, flags=re.S).split("\n\n"):
        yield "README.md", " ".join(part.split())


def everything():
    return chain(wording.page_texts(), wording.sentences(), wording.help_texts(), readme())


def found(pattern, texts):
    return [(name, said) for name, said in texts if re.search(pattern, said)]


@pytest.mark.parametrize(("pattern", "better"), AVOIDED.items())
def test_no_text_uses_a_word_that_has_a_plainer_one(pattern, better):
    assert found(rf"(?i)\b(?:{pattern})(?!\w)", everything()) == [], f"say instead: {better}"


def test_the_walk_sees_pages_sentences_help_texts_and_readme():
    assert len(list(wording.page_texts())) > 400
    assert len(list(wording.sentences())) > 250
    assert len(list(wording.help_texts())) > 25
    assert len(list(readme())) > 40


def test_quotes_are_typographic_and_apostrophes_are_plain():
    texts = [*wording.page_texts(), *wording.sentences()]

    assert found(r"[’‘]|\s\"\w|\w\"\s", texts) == []


def test_an_ellipsis_is_one_sign_and_no_text_has_double_spaces_or_a_space_before_its_stop():
    assert found(r"\.\.\.(?!\w)", wording.page_texts()) == []
    assert found(r"\w  \w", wording.sentences()) == []
    assert found(r"\w [.,;:!?](?:\s|$)", [*wording.sentences(), *wording.help_texts()]) == []


def test_nothing_on_a_page_is_exclaimed():
    assert found(r"\w!(?:\s|$)", [*wording.page_texts(), *wording.sentences()]) == []


def test_heads_buttons_and_labels_are_in_sentence_case():
    titled = [
        (name, said)
        for name, said in wording.headings()
        for word in re.findall(r"(?<=[a-z,] )[A-Z]\w*", said)
        if not NAMES.fullmatch(word)
    ]

    assert titled == []


def test_what_holds_a_sentence_ends_with_a_stop():
    # A value or a name at the end may bring its own.
    texts = [*wording.page_texts(), *wording.sentences()]
    assert found(r"^\w.*[a-z]\. [A-Z][^.]* [^.]*[a-z]$", texts) == []


def test_a_help_text_is_a_phrase_without_a_stop():
    assert [(name, said) for name, said in wording.help_texts() if re.search(r"[^.]\.$", said)] == []


def test_every_argument_of_a_command_is_explained():
    source = {path: path.read_text() for path in wording.python_files() if "commands" in path.parts}
    bare = [
        (path.name, call)
        for path, text in source.items()
        for call in re.findall(r"\.add_argument\((?:[^()]|\([^()]*\))*\)", text)
        if "help=" not in call
    ]

    assert bare == []


def test_what_a_system_wrote_is_shown_behind_details_only():
    shown = [
        (name, line.strip())
        for name, source in wording.templates()
        for line in source.splitlines()
        if re.search(r"{{[^}]*\b(?:detail|traceback|exception)\b", line) and not re.search(r"(?i)details", line)
    ]

    assert shown == []


def test_make_alone_explains_every_target():
    alone = {"PATH": os.environ["PATH"]}  # a make that was started by another one says where it is
    said = subprocess.run(["make"], cwd=wording.ROOT, env=alone, capture_output=True, text=True, check=True).stdout
    targets = re.findall(r"^([a-z]+):", (wording.ROOT / "Makefile").read_text(), re.M)

    assert [line.split()[1] for line in said.splitlines()] == targets
    assert found(r"\.$", ((line, line) for line in said.splitlines())) == []
