"""How much is kept of an account, counted up to a limit: beyond it a page says "more than"."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from integrations.activity.kinds import OF_CONTACT
from integrations.activity.models import Contact

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Size:
    """A number that is exact up to MOST."""

    number: int

    @property
    def is_more(self) -> bool:
        return self.number > MOST

    def __bool__(self) -> bool:
        return self.number > 0

    @property
    def sentence(self) -> str:
        """As a sentence begins with it."""
        words = str(self)
        return words[0].upper() + words[1:]

    def __str__(self) -> str:
        return f"more than {MOST:,}" if self.is_more else f"{self.number:,}"


def contacts_of(connection_id: int) -> Size:
    """The contacts that a connection brought and that are still there."""
    return Size(_up_to_most(Contact.objects.present().filter(connection=connection_id)))


def items_of(connection_id: int) -> Size:
    """What a connection brought beside its contacts."""
    models: list[Any] = [kind.model for kind in OF_CONTACT]
    return Size(sum(_up_to_most(model._default_manager.filter(connection=connection_id)) for model in models))


def _up_to_most(rows: QuerySet[Any]) -> int:
    return rows.order_by()[: MOST + 1].count()
