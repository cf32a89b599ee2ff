"""The installs that wait to be claimed, as banners for whatever page lists accounts."""

from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone

from integrations.ghl import installs

register = template.Library()


@register.inclusion_tag("ghl/_parked.html", takes_context=True)
def parked_installs(context: Context) -> dict[str, Any]:
    """Nothing for anybody but installation admins."""
    request = context.get("request")
    if request is None or not request.user.is_staff:
        return {"installs": []}
    now = timezone.now()
    return {"installs": installs.waiting(now), "now": now}
