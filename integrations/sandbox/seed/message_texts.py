"""Writes what was said: short texts, and e-mails in HTML with a signature and now and then a remote picture."""

from collections.abc import Mapping
from html import escape
from random import Random

from integrations.sandbox.seed.note_texts import pick, sentence_case
from integrations.sandbox.seed.wordlists import sections

_TEXTS = sections("messages")
_LOGO = '<p><img src="https://files.cedarline.example/mail/logo.png" alt="Cedarline" width="120"></p>'


def message_text(rng: Random, stage: str, slots: Mapping[str, str], *, inbound: bool) -> str:
    pool = _TEXTS.get(f"{stage} {'in' if inbound else 'out'}") or _TEXTS["care in"]
    return sentence_case(pick(rng, pool).format_map(slots))


def email_subject(rng: Random, slots: Mapping[str, str]) -> str:
    return sentence_case(pick(rng, _TEXTS["subjects"]).format_map(slots))


def email_body(rng: Random, stage: str, slots: Mapping[str, str], *, inbound: bool) -> str:
    """HTML as mail programs write it. Every second outgoing one carries a remote picture."""
    opening = message_text(rng, stage, slots, inbound=inbound)
    to, by = ("all", slots["first"]) if inbound else (slots["first"], slots["owner"])
    lines = rng.sample(_TEXTS["paragraphs"], rng.randint(2, 4))
    told = "".join(f"<p>{escape(sentence_case(line.format_map(slots)), quote=False)}</p>" for line in lines)
    told = f"<p>{escape(opening, quote=False)}</p>{told}"
    logo = "" if inbound or rng.random() < 0.5 else _LOGO
    ends = f"<p>Best regards<br>{escape(by)}</p>{logo}"
    return f'<div style="font-family:verdana"><p>Hello {escape(to)},</p>{told}{ends}</div>'
