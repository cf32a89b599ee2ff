"""Draws what never changes once: a template filled with one unchangeable thing, kept for whoever opens it next."""

from collections.abc import Hashable
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

KEPT = 1500


@lru_cache(maxsize=KEPT)
def drawn(template: str, part: Hashable) -> SafeString:
    """The template with `part`. Equal parts look alike, so all that the template shows must be in there."""
    return SafeString(render_to_string(template, {"part": part}))
