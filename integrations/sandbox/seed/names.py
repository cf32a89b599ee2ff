"""Draws names of people from many places, with the rare forms that break careless software."""

from random import Random

from integrations.sandbox.seed.wordlists import phrases

GIVEN, FAMILY = phrases("given_names"), phrases("family_names")
MIDDLE = "ABCDEFGHJKLMNPRSTVW"
TITLES = ("Dr", "Rev.", "Prof.", "Capt.", "Sra.", "Mrs")
PARTICLES = ("van der", "de la", "von", "bin", "Mac", "di", "ter")
SUFFIXES = ("Jr.", "III", "Ph.D.", "Esq.", "RIBA")
# Names that read from right to left, without spaces, or that fill a column: (given, family).
RARE = tuple(tuple(line.split(" | ")) for line in phrases("rare_names"))


def person_name(rng: Random, number: int, offset: int) -> tuple[str, str]:
    """Given and family name of the contact with this number.

    Two walks of coprime strides go through the pools, so that neither name comes back within fifty contacts;
    the offset differs by seed and sub-account.
    """
    # About one in twenty-three; a prime, so that they meet no other pattern.
    if number % 23 == 9:
        given, family = RARE[(number // 23 + offset) % len(RARE)]
        return given, family
    given = GIVEN[(number * 41 + offset) % len(GIVEN)]
    family = FAMILY[(number * 59 + offset * 7 + number // len(FAMILY)) % len(FAMILY)]
    return _with_form(rng, given, family)


def _with_form(rng: Random, given: str, family: str) -> tuple[str, str]:
    """Most names stay plain; some carry what people really type into such fields."""
    draw = rng.random()
    if draw < 0.70:
        return given, family
    if draw < 0.79:
        return f"{given} {rng.choice(MIDDLE)}.", family
    if draw < 0.84:
        return f"{rng.choice(TITLES)} {given}", family
    if draw < 0.88:
        return given, f"{rng.choice(PARTICLES)} {family}"
    if draw < 0.92:
        return given, f"{family}-{rng.choice(FAMILY)}"
    if draw < 0.94:
        return given, f"{family} {rng.choice(SUFFIXES)}"
    if draw < 0.96:
        return given.lower(), family.lower()
    if draw < 0.975:
        return given.upper(), family.upper()
    return (given, "") if draw < 0.99 else ("", family)
