"""The firm of the demo: two sub-accounts, their people, calendars and custom fields."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox.crm.records import Calendar, CustomField, Pipeline, User
from integrations.sandbox.seed.deals import PIPELINES
from integrations.sandbox.seed.ids import IdScheme

COMPANY_NAME = "Cedarline Group"


@dataclass(frozen=True, slots=True)
class Place:
    """What a sub-account looks like before it gets ids."""

    name: str
    zone: str
    country: str
    state: str
    city: str
    street: str
    postal_code: str
    phone: str
    currency: str
    area_unit: str
    towns: tuple[tuple[str, str, str, str], ...]  # city, state, postal code, telephone area


PLACES = (
    Place(
        "Cedarline North",
        "America/New_York",
        "US",
        "CT",
        "Hartford",
        "210 Foundry Street",
        "06106",
        "+18605550100",
        "$",
        "sq ft",
        (
            ("Hartford", "CT", "06103", "860"),
            ("New Haven", "CT", "06510", "203"),
            ("Springfield", "MA", "01103", "413"),
            ("Providence", "RI", "02903", "401"),
            ("Worcester", "MA", "01608", "508"),
            ("Albany", "NY", "12207", "518"),
            ("Stamford", "CT", "06901", "203"),
            ("Pittsfield", "MA", "01201", "413"),
            ("Kingston", "NY", "12401", "845"),
            ("Manchester", "NH", "03101", "603"),
            ("Burlington", "VT", "05401", "802"),
        ),
    ),
    Place(
        "Cedarline London",
        "Europe/London",
        "GB",
        "London",
        "London",
        "14 Tannery Yard, Bermondsey",
        "SE1 3XX",
        "+442075550101",
        "£",
        "m²",
        (
            ("London", "Greater London", "E8 1XX", "20 7"),
            ("Croydon", "Greater London", "CR0 1XX", "20 8"),
            ("Reading", "Berkshire", "RG1 1XX", "118 "),
            ("Guildford", "Surrey", "GU1 1XX", "1483 "),
            ("Brighton", "East Sussex", "BN1 1XX", "1273 "),
            ("Watford", "Hertfordshire", "WD17 1XX", "1923 "),
            ("Maidstone", "Kent", "ME14 1XX", "1622 "),
        ),
    ),
)

# Name, family, role, sub-accounts (0 = first), deleted. A deleted user still owns what he or she owned.
_STAFF = (
    ("Priya", "Raman", "admin", (0, 1), False),
    ("Marcus", "Hale", "user", (0,), False),
    ("Lena", "Brandt", "user", (0, 1), False),
    ("Tom", "Okafor", "user", (0,), False),
    ("Ines", "Carrow", "user", (0,), False),
    ("Wesley", "Aoki", "user", (0,), False),
    ("Sam", "Delaney-Ruiz", "user", (0,), False),
    ("Noémie", "Laurent", "user", (0, 1), False),
    ("Gethin", "Rhys", "user", (1,), False),
    ("Aisha", "Bello", "user", (1,), False),
    ("Callum", "Frith", "admin", (1,), False),
    ("Victor", "Stahl", "user", (0,), True),
)
_CALENDARS = (
    ("Discovery calls", 0, 25, "#2A55CC", "A first conversation by phone or video"),
    ("Site surveys", 1, 75, "#6F43A8", "Somebody on the roof with a moisture meter"),
    ("Quote reviews", 0, 45, "#22915A", "Walking through the numbers together"),
    ("Installation walk-throughs", 1, 60, "#B97800", "Before, during and after the works"),
    ("Care and warranty visits", 1, 90, "#3A5F5A", "Half-yearly inspections, leaks and snags"),
)
_GROUPS = ("Sales conversations", "Field team")
_ROOFS = ("Flat, membrane", "Flat, gravel", "Standing seam", "Slate", "Green roof", "Sawtooth", "Tile")
_CUSTOM_FIELDS = (
    ("Role", "role", "TEXT", ()),
    ("Sites", "sites", "NUMERICAL", ()),
    ("Roof type", "roof_type", "SINGLE_OPTIONS", _ROOFS),
    ("Budget", "budget", "MONETORY", ()),
    ("Renewal", "renewal", "DATE", ()),
    ("Interests", "interests", "MULTIPLE_OPTIONS", ("Solar", "Insulation", "Drainage", "Skylights", "Care plan")),
    ("Access notes", "access_notes", "LARGE_TEXT", ()),
    ("Preferred contact", "preferred_contact", "RADIO", ("Phone", "E-mail", "Text", "In person")),
)


@dataclass(frozen=True, slots=True)
class SubAccount:
    """One location with the ids that this world gave it."""

    id: str
    number: int
    company_id: str
    place: Place
    zone: ZoneInfo
    calendars: tuple[Calendar, ...]
    groups: tuple[tuple[str, str], ...]
    custom_fields: tuple[CustomField, ...]
    staff: tuple[User, ...]
    pipelines: tuple[Pipeline, ...]
    allows_duplicates: bool = False

    @property
    def timezone(self) -> str:
        return self.place.zone

    def answer(self) -> dict[str, Any]:
        """The location object of the API."""
        place = self.place
        return {
            "id": self.id,
            "companyId": self.company_id,
            "name": place.name,
            "address": place.street,
            "city": place.city,
            "state": place.state,
            "country": place.country,
            "postalCode": place.postal_code,
            "website": f"https://{place.name.lower().replace(' ', '-')}.example",
            "timezone": place.zone,
            "email": f"office@{place.name.lower().replace(' ', '-')}.example",
            "phone": place.phone,
            "settings": {"allowDuplicateContact": self.allows_duplicates, "allowDuplicateOpportunity": False},
        }


def company_id(ids: IdScheme) -> str:
    return ids.of("company")


def users(ids: IdScheme) -> list[User]:
    """All twelve people of the company, in a fixed order."""
    locations = [ids.of("location", number) for number in range(len(PLACES))]
    return [
        User(
            ids.of("user", number),
            first,
            last,
            f"{first.lower()}.{last.lower().replace('-', '')}@cedarline.example".replace("é", "e"),
            f"+1860555{150 + number:04d}",
            role,
            tuple(locations[place] for place in places),
            deleted,
        )
        for number, (first, last, role, places, deleted) in enumerate(_STAFF)
    ]


def sub_accounts(ids: IdScheme) -> list[SubAccount]:
    """Both locations, each with its own calendars, groups and custom fields."""
    everybody = users(ids)
    return [_sub_account(ids, number, place, everybody) for number, place in enumerate(PLACES)]


def _sub_account(ids: IdScheme, number: int, place: Place, everybody: list[User]) -> SubAccount:
    location_id = ids.of("location", number)
    staff = tuple(user for user in everybody if location_id in user.location_ids)
    groups = tuple((ids.of("group", number, name), name) for name in _GROUPS)
    return SubAccount(
        id=location_id,
        number=number,
        company_id=company_id(ids),
        place=place,
        zone=ZoneInfo(place.zone),
        calendars=_calendars(ids, number, groups, staff),
        groups=groups,
        custom_fields=tuple(
            CustomField(ids.of("custom_field", number, key), name, f"contact.{key}", kind, options)
            for name, key, kind, options in _CUSTOM_FIELDS
        ),
        staff=staff,
        pipelines=tuple(
            Pipeline(
                ids.of("pipeline", number, name),
                name,
                tuple((ids.of("stage", number, name, stage), stage) for stage in stages),
            )
            for name, stages in PIPELINES.items()
        ),
    )


def _calendars(
    ids: IdScheme, number: int, groups: tuple[tuple[str, str], ...], staff: tuple[User, ...]
) -> tuple[Calendar, ...]:
    team = tuple(user.id for user in staff if not user.deleted)
    return tuple(
        Calendar(
            ids.of("calendar", number, name),
            name,
            groups[group][0],
            name.lower().replace(" ", "-"),
            color,
            minutes,
            description,
            team,
        )
        for name, group, minutes, color, description in _CALENDARS
    )
