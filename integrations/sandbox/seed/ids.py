"""Makes record ids that follow from the seed, in the shapes that the vendor uses or in another set of shapes."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

_ONLY_LETTERS_AND_DIGITS = bytes.maketrans(b"+/", b"Zz")


def alnum20(*parts: object) -> str:
    """20 letters and digits, as most ids of the vendor look."""
    # 15 bytes are exactly 20 characters of base64, without padding.
    digest = blake2b(repr(parts).encode(), digest_size=15).digest()
    return b64encode(digest).translate(_ONLY_LETTERS_AND_DIGITS).decode("ascii")


def hex24(*parts: object) -> str:
    """24 hex digits, as ids from the vendor's document store look (tasks, businesses)."""
    return blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def uuid_like(*parts: object) -> str:
    """A dashed id of 36 characters: longer than a column made for 20 would hold."""
    digits = blake2b(repr(parts).encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@dataclass(frozen=True, slots=True)
class IdScheme:
    """Which shape each kind of record gets. The parts say which record, the seed says which world."""

    seed: int
    contact: Callable[..., str] = alnum20
    task: Callable[..., str] = hex24
    note: Callable[..., str] = alnum20
    appointment: Callable[..., str] = alnum20
    business: Callable[..., str] = hex24
    other: Callable[..., str] = alnum20

    def of(self, kind: str, *parts: object) -> str:
        """The id of one record, the same in every process with this seed."""
        shape: Callable[..., str] = getattr(self, kind, self.other)
        return shape(self.seed, kind, *parts)


def scheme(seed: int, variant: str) -> IdScheme:
    """Variant A is what the vendor shows today; B swaps every shape, so that nothing can rely on one."""
    if variant == "B":
        return IdScheme(seed, hex24, alnum20, uuid_like, uuid_like, alnum20, hex24)
    return IdScheme(seed)
