"""A sub-account's id as people give it: by itself, with blanks around it, or inside an address of GHL."""

import re

# Where GHL's pages keep it: /v2/location/ID/..., /accounts/detail/ID of an agency, ?location_id=ID of a link.
IN_ADDRESS = re.compile(
    r"(?:/locations?/|/accounts/detail/|[?&]location_?id=)([\w-]{1,64})(?=[/?&#]|\Z)", re.IGNORECASE
)
ID = re.compile(r"[\w-]{1,64}", re.ASCII)
# What copying brings along besides blanks: marks without width, and quotes.
AROUND = re.compile(r"^[\s\u200b-\u200f\u2060\ufeff\"'<>]+|[\s\u200b-\u200f\u2060\ufeff\"'<>]+$")


def read_id(text: str) -> str:
    """The id. ValueError, with a sentence for people, when there is none in it."""
    text = AROUND.sub("", text)
    if ID.fullmatch(text):
        return text
    if found := IN_ADDRESS.search(text):
        return found[1]
    if "/" in text:
        raise ValueError(
            "This address names no sub-account. Open the sub-account in GoHighLevel and copy its address."
        )
    raise ValueError(
        "A location ID has only letters and digits. Copy it from GoHighLevel's address bar, after /location/."
    )


def taken_from(text: str, location_id: str) -> str:
    """What to say when the id is not what was typed; "" when it is."""
    return f"The location ID {location_id} was taken from the address you gave." if "/" in text else ""
