"""The mark of a task's priority, the same wherever a line of a task stands."""

from functools import cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

TEMPLATE = "contacts_ui/components/_priority.html"
MARKED = ("high", "low")


@cache
def mark_of(priority: str) -> SafeString:
    """Drawn once: an arrow and a word that is read aloud; "" for a normal one."""
    return SafeString(render_to_string(TEMPLATE, {"priority": priority}) if priority in MARKED else "")
