"""`{% url %}` in every template: Django's own, which works out the same address anew each time it is drawn.

That takes longer than the line an address stands in, and a page of a contact has dozens of them.
"""

from functools import lru_cache

from django import template
from django.conf import settings
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as parsed
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.html import conditional_escape

KEPT = 4096
register = template.Library()


class KeptURLNode(URLNode):
    """An address by position. One that does not exist is left to Django, which may raise."""

    def render(self, context: template.Context) -> str:
        name, args = self.view_name.resolve(context), [arg.resolve(context) for arg in self.args]
        try:
            found = _address(get_script_prefix(), get_urlconf() or settings.ROOT_URLCONF, name, *args)
        except NoReverseMatch:
            return str(super().render(context))
        if self.asvar:
            context[self.asvar] = found
            return ""
        return conditional_escape(found) if context.autoescape else found


@register.tag
def url(parser: Parser, token: Token) -> URLNode:
    """As Django's own."""
    node = parsed(parser, token)
    return node if node.kwargs else KeptURLNode(node.view_name, node.args, {}, node.asvar)


@lru_cache(maxsize=KEPT, typed=True)  # True and 1 are equal, their addresses are not
def _address(_prefix: str, urlconf: str, name: str, *args: object) -> str:
    return reverse(name, urlconf=urlconf, args=args)
