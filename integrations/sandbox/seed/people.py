"""Makes one contact: who it is, where it works, how it can be reached, what is known about it."""

import unicodedata
from collections.abc import Sequence
from random import Random
from typing import Any

from integrations.sandbox.crm.records import Business, Contact
from integrations.sandbox.seed.company import SubAccount
from integrations.sandbox.seed.firms import SECTORS, loose_firm, street, telephone
from integrations.sandbox.seed.names import person_name
from integrations.sandbox.seed.note_texts import pick
from integrations.sandbox.seed.outline import Outline
from integrations.sandbox.seed.projects import ACCESS
from integrations.sandbox.seed.wordlists import sections

_WORDS = sections("people")
_AREAS = _WORDS["area"]
_CHANNELS = ("Call", "Email", "SMS", "WhatsApp", "GMB", "FB")


def contact(
    rng: Random,
    sub: SubAccount,
    businesses: Sequence[Business],
    record_id: str,
    number: int,
    story: Outline,
    now: int,
) -> Contact:
    """The contact with this number; its dates follow from its story."""
    given, family = person_name(rng, number, sub.number * 31 + len(record_id))
    firm, business, _ = workplace(rng, businesses)
    city, state, postal_code, area = pick(rng, sub.place.towns)
    updated = story.last_moment(now)
    # Every tenth had its record touched (a tag, an owner) after the last thing that happened.
    updated += int((now - updated) * rng.random() * 0.2) if rng.random() < 0.1 else 0
    return Contact(
        id=record_id,
        number=number,
        first_name=given,
        last_name=family,
        added=story.added,
        updated=max(updated, story.added),
        email=_email(rng, given, family, firm, number),
        phone=_phone(sub, area, number) if rng.random() < 0.93 else None,
        company=firm,
        business_id=business.id if business else None,
        type="customer" if "decision" in story.path else "lead",
        source=pick(rng, _WORDS["source"]) if rng.random() < 0.9 else None,
        # The staff includes somebody who left: deleted users stay owners.
        owner=pick(rng, sub.staff).id if rng.random() < 0.9 else None,
        address=street(rng) if rng.random() < 0.8 else None,
        city=city,
        state=state,
        postal_code=postal_code,
        country=sub.place.country,
        website=business.website if business and rng.random() < 0.5 else None,
        timezone=sub.timezone if rng.random() < 0.7 else None,
        born=_birthday(rng) if rng.random() < 0.12 else None,
        tags=_tags(rng, business),
        fields=_fields(rng, sub),
        dnd=rng.random() < 0.03,
        silenced=tuple(rng.sample(_CHANNELS, rng.randint(1, 3))) if rng.random() < 0.09 else (),
        followers=(pick(rng, sub.staff).id,) if rng.random() < 0.15 else (),
        last_activity=story.last_moment(now),
    )


def workplace(rng: Random, businesses: Sequence[Business]) -> tuple[str | None, Business | None, str]:
    """The firm's name, its record if it has one, and its sector; one in twelve belongs to nobody."""
    draw = rng.random()
    if draw < 0.68 and businesses:
        business = pick(rng, list(businesses))
        return business.name, business, business.sector
    if draw < 0.92:
        firm, sector = loose_firm(rng)
        return firm, None, sector
    return None, None, pick(rng, SECTORS)


def _email(rng: Random, given: str, family: str, firm: str | None, number: int) -> str | None:
    if rng.random() < 0.06:
        return None
    first, last = _plain(given.split()[-1] if given else ""), _plain(family)
    local = ".".join(part for part in (first, last) if part)[:40] or f"contact{number}"
    if not firm:
        return f"{local}{number}@post.example"
    domain = f"{_plain(firm) or 'firm'}.example"
    # Names walk without repeats for thousands of contacts only; then the number keeps addresses apart.
    short = first[:1] + last if first and last and rng.random() < 0.4 else local
    return f"{short}@{domain}" if number < 2000 and short != "contact" else f"{short}{number}@{domain}"


def _plain(text: str) -> str:
    """Lower-case ASCII letters of a name; empty for scripts that have none."""
    folded = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in folded if "a" <= letter <= "z")


def _phone(sub: SubAccount, area: str, number: int) -> str:
    """Distinct for the first few thousand contacts: area code and last digits walk apart."""
    if sub.place.country == "US":
        area = _AREAS[number * 7 % len(_AREAS)]
    return telephone(sub.place, area, (number // len(_AREAS) * 17 + number * 31) % 100)


def _birthday(rng: Random) -> str:
    return f"{rng.randint(1951, 2002)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"


def _tags(rng: Random, business: Business | None) -> list[str]:
    # Zero to six, small numbers more often.
    how_many = int(rng.random() ** 1.4 * 6.999)
    tags = rng.sample(_WORDS["tag"], how_many)
    if business and how_many and rng.random() < 0.7:
        tags[0] = business.sector
    return tags


def _fields(rng: Random, sub: SubAccount) -> list[tuple[str, Any]]:
    """Values of some custom fields, each in the type that its kind has."""
    # In the order of their definitions, as the vendor returns them.
    kept = [field for field in sub.custom_fields if rng.random() < 0.45]
    return [(field.id, _value(rng, field.kind, field.options)) for field in kept]


def _value(rng: Random, kind: str, options: tuple[str, ...]) -> Any:
    match kind:
        case "NUMERICAL":
            return rng.randint(1, 24)
        case "MONETORY":
            return rng.randrange(1_500, 240_000, 250)
        case "DATE":
            return f"{rng.choice((2026, 2027))}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        case "MULTIPLE_OPTIONS":
            return rng.sample(options, rng.randint(1, 3))
        case "SINGLE_OPTIONS" | "RADIO":
            return pick(rng, options)
        case "LARGE_TEXT":
            return f"{pick(rng, ACCESS)}; {pick(rng, ACCESS)}."
        case _:
            return pick(rng, _WORDS["role"])
