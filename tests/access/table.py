"""Reads table.txt: who gets what at every address."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.access.world import ROLES

TABLE = Path(__file__).with_name("table.txt")
KINDS = ("GET", "POST", "HTMX")
# How a visitor is sent to sign in: the browser's own request, and one of htmx.
SIGN_IN, HTMX_SIGN_IN = 302, 200


@dataclass(frozen=True)
class Row:
    """`cells` are the three statuses by role, as written."""

    address: str
    cells: dict[str, tuple[str, str, str]]

    @property
    def path(self) -> str:
        """The address as the URLconf knows it."""
        return self.address.partition("?")[0]

    @property
    def is_readable(self) -> bool:
        """Whether it answers a GET to anybody at all."""
        return any(get != "405" for get, _, _ in self.cells.values())


def rows() -> Iterator[Row]:
    """Every row; a line that begins with the word address names the columns of those below it."""
    columns: list[str] = []
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            address, *texts = (part.strip() for part in line.split("|"))
            if address == "address":
                columns = texts
            else:
                yield _row(address, columns, texts)


def _row(address: str, columns: list[str], texts: list[str]) -> Row:
    cells = {}
    for column, text in zip(columns, texts, strict=True):
        get, post, htmx = text.split()
        for role in ROLES[1:] if column == "signed in" else [column]:
            cells[role] = (get, post, htmx)
    return Row(address, cells)
