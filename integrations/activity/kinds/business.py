"""Businesses: the firms that contacts belong to."""

from dataclasses import dataclass
from typing import Any

from integrations.activity.kinds.kind import Columns, Kind, same_names
from integrations.activity.models import Business
from integrations.activity.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessRecord(Record):
    name: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    address: str = ""


def _exported(business: Any) -> Columns:
    return {
        "name": business.name,
        "phone": business.phone,
        "email": business.email,
        "website": business.website,
    }


KIND = Kind(
    name="business",
    plural="businesses",
    label="Businesses",
    one="Business",
    record=BusinessRecord,
    model=Business,
    columns=same_names,
    exported=_exported,
)
