"""The works that a contact talks about: a building, its trouble, a price. One story has one or several."""

from dataclasses import dataclass
from random import Random

from integrations.sandbox.seed.wordlists import sections

_BUILDINGS, _WORDS = sections("buildings"), sections("projects")
ACCESS = _WORDS["access"]


@dataclass(frozen=True, slots=True)
class Project:
    """The words of one piece of work, ready for the templates."""

    building: str
    trouble: str
    material: str
    rival: str
    access: str
    colleague: str
    deadline: str
    price: str
    second_price: str
    area: str
    weeks: int
    percent: int
    reference: str


def project(rng: Random, sector: str, currency: str, area_unit: str) -> Project:
    """Draws one project that fits the sector; prices follow the area."""
    # Roofs between a shop and a freight terminal.
    area = rng.randrange(900, 42_000, 50) if area_unit == "sq ft" else rng.randrange(80, 4_200, 5)
    rate = rng.uniform(7, 19) if area_unit == "sq ft" else rng.uniform(70, 190)
    price = int(area * rate) // 10 * 10
    return Project(
        building=_one(rng, _BUILDINGS[sector]),
        trouble=_one(rng, _WORDS["trouble"]),
        material=_one(rng, _WORDS["material"]),
        rival=_one(rng, _WORDS["rival"]),
        access=_one(rng, _WORDS["access"]),
        colleague=_one(rng, _WORDS["colleague"]),
        deadline=_one(rng, _WORDS["deadline"]),
        price=f"{currency}{price:,}",
        second_price=f"{currency}{int(price * rng.uniform(0.84, 0.97)) // 10 * 10:,}",
        area=f"{area:,} {area_unit}",
        weeks=rng.randint(2, 14),
        percent=rng.choice((5, 8, 10, 12, 15, 20, 25, 30)),
        reference=f"{rng.choice('QSPRV')}-{rng.randrange(1000, 9999)}",
    )


def _one(rng: Random, pool: tuple[str, ...]) -> str:
    return pool[int(rng.random() * len(pool))]
