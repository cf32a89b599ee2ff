"""Where client and sandbox differ from the published files on purpose, because the live API does; one table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tests.contract.checker import Difference

OLD, V3 = "2021-07-28", "v3"
BOTH = (OLD, V3)
EVERY = ("*",)
"""Some operation of the generation must show it, and any may."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One row. Each of its differences must be seen in each of its operations and generations."""

    generations: tuple[str, ...]
    operations: tuple[str, ...]
    what: tuple[str, ...]
    why: str

    def expected(self) -> Iterable[Difference]:
        """Every difference that the row stands for; the operation may be "*"."""
        return (
            Difference(generation, operation, what)
            for generation in self.generations
            for operation in self.operations
            for what in self.what
        )

    def excuses(self, seen: Difference) -> bool:
        return any(_means(expected, seen) for expected in self.expected())

    def unseen(self, seen: Iterable[Difference]) -> list[Difference]:
        """What the row still claims and nobody does any more."""
        happened = list(seen)
        return [row for row in self.expected() if not any(_means(row, one) for one in happened)]


def _means(row: Difference, seen: Difference) -> bool:
    same = (row.generation, row.what) == (seen.generation, seen.what)
    return same and row.operation in ("*", seen.operation)


# What a row of a listing says about a person beyond the dozen keys that the files name.
_TIMES = ("startTime", "endTime", "dateAdded", "dateUpdated")

KNOWN_DEVIATIONS: Final = (
    Deviation(
        BOTH,
        EVERY,
        tuple(f"answer {status} traceId: undocumented" for status in (200, 201, 400, 401, 422)),
        "Every live answer carries a trace id, which support asks for; few schemas list it.",
    ),
    Deviation(
        (V3,),
        ("installed_locations",),
        ("answer 404 traceId: undocumented",),
        "The trace id is beside v3's new error envelope, too.",
    ),
    Deviation(
        BOTH,
        EVERY,
        ("answer 403: undocumented",),
        "Another sub-account's token gets a 403 everywhere; the files define its body and list it nowhere.",
    ),
    Deviation(
        BOTH,
        EVERY,
        ("answer 429: undocumented",),
        "The limit holds for every operation; its answer is described in prose and headers only.",
    ),
    Deviation(
        BOTH,
        ("search_contacts",),
        ("request body: blank", "answer 200: blank", "answer 400: blank", "answer 401: blank"),
        "The files leave the whole search blank and point to a page elsewhere; schemas of ours stand in.",
    ),
    Deviation(
        BOTH,
        ("search_contacts",),
        ("answer 422: undocumented",),
        "Live, a body without pageLimit or with an unknown key is refused with 422.",
    ),
    Deviation(
        BOTH,
        ("search_tasks",),
        ("request body searchAfter: undocumented",),
        "The rows carry this cursor and the endpoint takes it back; skip grows slow and shifts under changes.",
    ),
    Deviation(
        BOTH,
        ("search_tasks", "location_token"),
        ("answer 201: undocumented",),
        "Both answer 201 live, where the files say 200.",
    ),
    Deviation(
        BOTH,
        ("search_tasks",),
        ("answer 201 tasks[]: type",),
        "The files make each row an array; live rows are objects. A schema of ours describes them.",
    ),
    Deviation(
        BOTH,
        ("find_duplicate",),
        ("answer 200: blank",),
        "The files say nothing about the answer; live it is the contact, or null. A schema of ours stands in.",
    ),
    Deviation(
        BOTH,
        ("update_contact",),
        ("request body dateOfBirth: anyOf",),
        "The files make it an object, and list forms that are all texts.",
    ),
    Deviation(
        BOTH,
        ("create_contact",),
        ("answer 400 meta: undocumented",),
        "A refused duplicate names the contact that has the address, which clients adopt.",
    ),
    Deviation(
        BOTH,
        ("create_appointment", "update_appointment"),
        ("answer 422: undocumented",),
        "The files list no 422 for calendars; an unknown key is refused as everywhere.",
    ),
    Deviation(
        BOTH,
        ("set_business",),
        ("answer 401: undocumented",),
        "The files forget that it needs a token.",
    ),
    Deviation(
        BOTH,
        ("free_slots",),
        ("answer 200 traceId: type",),
        "The files make every key of the answer a day; the trace id stands among the days.",
    ),
    Deviation(
        BOTH,
        ("delete_appointment",),
        ("request body: blank",),
        "The files want a body and say nothing about it; an empty object is what clients send.",
    ),
    Deviation(
        BOTH,
        ("bulk_tags",),
        ("answer 201 responses[]: type",),
        "The files make each line a text; their own example shows objects, as a schema of ours says.",
    ),
    Deviation(
        BOTH,
        ("get_appointment",),
        tuple(f"answer 200 event.{key}: type" for key in _TIMES),
        "The files type moments as objects; live they are ISO texts with an offset.",
    ),
    Deviation(
        BOTH,
        ("list_events",),
        tuple(f"answer 200 events[].{key}: type" for key in _TIMES),
        "The files type moments as objects; live they are ISO texts with an offset.",
    ),
    Deviation(
        BOTH,
        ("get_email",),
        ("request header Version: undocumented", "answer 400: undocumented", "answer 401: undocumented"),
        "The files list no header and no refusal for it; live, nothing is answered without a version.",
    ),
    Deviation(
        BOTH,
        ("list_pipelines",),
        ("answer 200 pipelines[].stages[]: type",),
        "The files make each stage a list; live ones are objects with id and name, as a schema of ours says.",
    ),
    Deviation(
        BOTH,
        ("get_contact",),
        ("answer 200 contact.customFields[].value: type",),
        "A custom field's value has the type of its field: numbers and lists besides texts.",
    ),
    Deviation(
        BOTH,
        ("uninstall",),
        ("route: unpublished",),
        "Known from the app marketplace; no file of this set has it. Schemas of ours stand in.",
    ),
    Deviation(
        (OLD,),
        ("location_token",),
        ("answer 201 refresh_token: undocumented",),
        "Minted tokens come with one, which only v3's file admits.",
    ),
    Deviation(
        BOTH,
        ("location_token",),
        ("answer 201 isBulkInstallation: undocumented",),
        "The answer is that of the token endpoint without user type and company; the files list fewer keys.",
    ),
)
