"""How a person looks before anyone sees a face: initials and one of four quiet tints. Pure."""

import unicodedata
from zlib import crc32

TINTS = 4
# Scripts without upper case and without spaces put the meaning into the first sign; one is enough.
_IDEOGRAPHS = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")


def initials(name: str) -> str:
    """Up to two letters: of the first and the last word that has any; "?" for a name without letters.

    Marks stay with their letter, emoji and punctuation are passed over, right-to-left names keep their order.
    """
    firsts = [first for word in name.split() if (first := _first_letter(word))]
    if not firsts:
        return "?"
    if len(firsts) == 1 or unicodedata.name(firsts[0][0], "").startswith(_IDEOGRAPHS):
        return firsts[0]
    return firsts[0] + firsts[-1]


def tint(key: object) -> int:
    """A number from 1 to 4, always the same for the same key, on every machine (unlike hash())."""
    return crc32(str(key).encode()) % TINTS + 1


def _first_letter(word: str) -> str:
    for place, sign in enumerate(word):
        if unicodedata.category(sign)[0] in "LN":
            end = place + 1
            while end < len(word) and unicodedata.category(word[end])[0] == "M":
                end += 1
            upper = sign.upper()
            # Some letters have a two-letter upper case; keep those as they are.
            return (upper if len(upper) == 1 else sign) + word[place + 1 : end]
    return ""
