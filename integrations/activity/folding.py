"""Makes what people type and what is stored comparable: case, accents, widths and signs nobody sees. Pure.

Done here and not by a database, so that both find the same.
"""

import re
from functools import lru_cache
from unicodedata import category, combining, normalize

# Letters that Unicode does not take apart, though people type the plain one.
PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
# Classes of marks that make another letter of the one they stand with: nuktas, kana voicing, viramas.
OF_THE_LETTER = frozenset({0, 7, 8, 9})
# Most of a text needs no look at each of its signs.
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
# Letters and symbols by category that are drawn as nothing: fillers, the empty Braille cell.
FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def folded(text: str) -> str:
    """The text in one spelling for all that read the same: NFKC, without case, accents and unseen signs."""
    if text.isascii():
        return text.lower()
    apart = normalize("NFKD", normalize("NFKD", text).casefold())
    return normalize("NFC", _FOREIGN.sub(_kept, apart))


def _kept(foreign: re.Match[str]) -> str:
    return "".join(sign for sign in foreign[0] if not _is_dropped(sign)).translate(PLAIN)


@lru_cache(maxsize=4096)
def _is_dropped(sign: str) -> bool:
    return combining(sign) not in OF_THE_LETTER or category(sign) == "Cf"


def spread(text: str) -> tuple[str, list[int]]:
    """The text folded sign by sign, and for each sign of that the place in the text that it comes from."""
    parts = [_of_sign(sign) for sign in text]
    return "".join(parts), [place for place, part in enumerate(parts) for _ in part]


_of_sign = lru_cache(maxsize=4096)(folded)


def seen(text: str) -> str:
    """The text, or "" where nothing of it can be seen: blanks, signs without width, fillers."""
    if text.isascii():
        return text if text.strip() else ""
    return text if any(category(sign) not in UNSEEN and sign not in FILLERS for sign in text) else ""
