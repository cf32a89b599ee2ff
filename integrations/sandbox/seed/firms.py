"""The businesses of a sub-account, and the names of firms that are only a word on a contact."""

from random import Random

from integrations.sandbox.crm.records import Business
from integrations.sandbox.seed.company import Place
from integrations.sandbox.seed.ids import IdScheme
from integrations.sandbox.seed.moments import Almanac
from integrations.sandbox.seed.wordlists import phrases, sections


def _rotated(by_sector: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """Names with their sectors, one sector after the other, so that neighbours differ."""
    longest = max(map(len, by_sector.values()))
    return [
        (names[row], sector) for row in range(longest) for sector, names in by_sector.items() if row < len(names)
    ]


# The section of each name is its sector; it chooses the words for buildings as well (words/buildings.txt).
_SECTIONS = sections("businesses")
SECTORS = tuple(_SECTIONS)
_BUSINESSES = _rotated(_SECTIONS)
_FRONT = phrases("firm_fronts")
_BACK = tuple((back, sector) for sector, backs in sections("firm_backs").items() for back in backs)


def businesses(ids: IdScheme, place_number: int, place: Place, almanac: Almanac, how_many: int) -> list[Business]:
    """The businesses of one sub-account, at most forty."""
    rng = Random(f"businesses:{ids.seed}:{place_number}")
    return [
        _business(ids, rng, place_number, place, almanac, number)
        for number in range(min(how_many, len(_BUSINESSES)))
    ]


def _business(
    ids: IdScheme, rng: Random, place_number: int, place: Place, almanac: Almanac, number: int
) -> Business:
    # The second sub-account begins elsewhere in the list, so that both do not open with the same firm.
    name, sector = _BUSINESSES[(number + place_number * 13) % len(_BUSINESSES)]
    city, state, postal_code, area = place.towns[rng.randrange(len(place.towns))]
    slug = "".join(letter for letter in name.lower() if letter.isalnum())
    age = rng.uniform(200, 720)
    return Business(
        ids.of("business", place_number, number),
        name,
        sector,
        telephone(place, area, number % 100),
        f"hello@{slug}.example",
        f"https://{slug}.example",
        f"{rng.randint(2, 480)} {rng.choice(_STREETS)}",
        city,
        state,
        postal_code,
        place.country,
        f"{sector.capitalize()} customer, {rng.randint(1, 14)} buildings under care.",
        almanac.happened(rng, age),
        almanac.happened(rng, rng.uniform(2, age)),
    )


_STREETS = phrases("streets")


def street(rng: Random) -> str:
    """A house number and a street."""
    return f"{rng.randint(1, 990)} {_STREETS[rng.randrange(len(_STREETS))]}"


def telephone(place: Place, area: str, last: int) -> str:
    """A number from the range that is kept free for fiction."""
    if place.country == "GB":
        return f"+44{area.replace(' ', '')}555{100 + last:04d}"
    return f"+1{area}555{100 + last:04d}"


def loose_firm(rng: Random) -> tuple[str, str]:
    """A firm that has no business record: its name and sector."""
    back, sector = _BACK[rng.randrange(len(_BACK))]
    return f"{_FRONT[rng.randrange(len(_FRONT))]} {back}", sector
