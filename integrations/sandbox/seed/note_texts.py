"""Writes the body of one note: plain or HTML, two lines or twenty, as people's habits differ."""

from collections.abc import Mapping
from html import escape
from random import Random

from integrations.sandbox.seed.wordlists import phrases, sections

# A note is an opening, one to three facts, an aside and a next step, drawn apart. The slots in braces are the
# fields of projects.Project, plus `first` (the contact's given name), `owner` (a colleague of ours) and `firm`.
_OPENINGS, _FACTS, _NEXT_STEPS = sections("note_openings"), sections("note_facts"), sections("note_next_steps")
_ASIDES, _TITLES = phrases("note_asides"), phrases("note_titles")
_COLORS = ("#FFAA00", "#F4C7C3", "#B7E1CD", "#C9DAF8", "#FFF2CC", "#D9D2E9")
_EMOJI = ("👍", "☔️", "🏗️", "🙌", "📸", "🎉", "😬", "☕️", "🐶", "✅", "🤝", "⏰")


def note_body(rng: Random, stage: str, slots: Mapping[str, str]) -> str:
    """One note about this stage of the story. Roughly half are HTML, as the vendor's editor stores them."""
    draw = rng.random()
    sentences = _sentences(rng, stage, slots, long=draw > 0.95)
    if draw < 0.40:
        return " ".join(sentences)
    if draw < 0.50:
        return "\n".join(sentences)
    if draw < 0.58:
        return f"{pick(rng, _EMOJI)} {' '.join(sentences[:3])}"
    if draw < 0.76:
        return _paragraphs(sentences)
    if draw < 0.88:
        return _list(sentences)
    if draw < 0.95:
        return _with_link(rng, sentences, slots)
    return _paragraphs(sentences)


def note_title(rng: Random) -> str:
    return pick(rng, _TITLES)


def note_color(rng: Random) -> str:
    return pick(rng, _COLORS)


def pick[T](rng: Random, pool: list[T] | tuple[T, ...]) -> T:
    """`random.choice` without its checks: it runs a few million times for a large world."""
    return pool[int(rng.random() * len(pool))]


def _sentences(rng: Random, stage: str, slots: Mapping[str, str], *, long: bool) -> list[str]:
    """An opening, one to three facts, maybe an aside, and what comes next; a long note tells everything."""
    facts = _FACTS[stage]
    how_many = len(facts) if long else rng.randint(1, 3)
    chosen = [pick(rng, _OPENINGS[stage]), *rng.sample(facts, min(how_many, len(facts)))]
    if long:
        chosen += rng.sample(_ASIDES, rng.randint(8, 14))
    elif rng.random() < 0.6:
        chosen.append(pick(rng, _ASIDES))
    if long or rng.random() < 0.75:
        chosen.append(pick(rng, _NEXT_STEPS[stage]))
    return [sentence_case(template.format_map(slots)) for template in chosen]


def sentence_case(text: str) -> str:
    """A sentence that opens with a slot such as `the board` still begins with a capital."""
    return text[:1].upper() + text[1:]


def _paragraphs(sentences: list[str]) -> str:
    groups = [sentences[start : start + 3] for start in range(0, len(sentences), 3)]
    return "".join(f"<p>{escape(' '.join(group), quote=False)}</p>" for group in groups)


def _list(sentences: list[str]) -> str:
    rows = "".join(f"<li>{escape(sentence, quote=False)}</li>" for sentence in sentences[1:])
    return f"<p><strong>{escape(sentences[0], quote=False)}</strong></p><ul>{rows}</ul>"


def _with_link(rng: Random, sentences: list[str], slots: Mapping[str, str]) -> str:
    name = pick(rng, ("survey report", "photo folder", "drawing", "offer", "warranty sheet", "site plan"))
    link = f'<a href="https://files.cedarline.example/{slots["reference"].lower()}">{name}</a>'
    return f"<p>{escape(' '.join(sentences), quote=False)}</p><p>See the {link}.</p>"
