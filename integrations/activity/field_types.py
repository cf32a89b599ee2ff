"""The types of custom fields: which hold numbers, lists, choices or files, and what may be chosen."""

from collections.abc import Mapping

from integrations.activity.models import FieldDefinition

NUMBERS, LISTS = ("NUMERICAL", "MONETORY"), ("CHECKBOX", "MULTIPLE_OPTIONS", "TEXTBOX_LIST")
CHOICES = ("SINGLE_OPTIONS", "RADIO", *LISTS[:2])
FILES = ("FILE_UPLOAD", "SIGNATURE")


def choices_of(definition: FieldDefinition) -> list[str]:
    """What may be chosen, for a field that is chosen from a list."""
    listed = definition.payload.get("picklistOptions") or []
    return [str(one.get("label") or one.get("name") if isinstance(one, Mapping) else one) for one in listed]
