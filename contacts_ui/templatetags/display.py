"""Template tags that draw small things: icons, times, initials, marked search hits, field widgets."""

import re
from datetime import datetime
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from django import template
from django.forms import BoundField, CheckboxInput
from django.template.context import Context
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from contacts_ui.components import activity_heatmap, owners, priority, sparkline
from contacts_ui.formatting import avatars, browsers, clock, durations
from contacts_ui.formatting.clock import local
from contacts_ui.shell import systems
from integrations.activity import markup

# How its lines are drawn is said once, by the style sheet.
ICON = '<svg width="{}" height="{}" viewBox="0 0 24 24" class="{}" aria-hidden="true">'
register = template.Library()
register.filter("initials", avatars.initials)
register.filter("tint", avatars.tint)
register.filter("browser", browsers.named)
register.filter("hits", markup.highlight)
register.filter("words", markup.plain_text)
register.filter("bars", sparkline.bars)
register.filter("heatmap_months", activity_heatmap.months)
register.filter("heatmap_weeks", activity_heatmap.weeks)
register.simple_tag(activity_heatmap.key, name="heat_key")
register.filter("safe_hits", markup.marked_html)
register.filter("options", owners.options)
register.filter("priority_mark", priority.mark_of)
register.filter("system", systems.short_name_of)
register.simple_tag(systems.names, name="system_names")
register.simple_tag(systems.short_names, name="short_system_names")
register.simple_tag(systems.accounts, name="account_names")


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, size: int = 16, css: str = "") -> SafeString:
    """A Lucide icon as inline SVG, hidden from readers: the words stand beside it. Raises KeyError for none."""
    drawn = _icons().read(f"{name}.svg").decode()
    shapes = " ".join(drawn[drawn.index(">") + 1 :].split()).replace("> <", "><")
    return format_html(ICON, size, size, f"icon {css}".strip()) + SafeString(shapes)


@cache
def _icons() -> ZipFile:
    """The package's own archive, which its functions open anew for each icon: that takes as long as a page."""
    return ZipFile(BytesIO((files("lucide") / "lucide.zip").read_bytes()))


def _clock_now(context: Context) -> datetime:
    now: datetime = context.get("now") or timezone.now()
    return timezone.localtime(now)


def _time(moment: datetime | None, words: str, css: str = "") -> SafeString | str:
    if moment is None:
        return ""
    here = local(moment)
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>',
        here.isoformat(timespec="seconds"),
        clock.exact(here),
        format_html(' class="{}"', css) if css else "",
        words,
    )


@register.simple_tag(takes_context=True)
def ago(context: Context, moment: datetime | None, css: str = "") -> SafeString | str:
    """A past moment in relative words, exact time and zone on hover; empty for None."""
    return (moment and _time(moment, clock.ago(local(moment), _clock_now(context)), css)) or ""


@register.simple_tag(takes_context=True)
def when(context: Context, moment: datetime | None, css: str = "") -> SafeString | str:
    """A coming moment: today and tomorrow with the hour, later with the day."""
    return (moment and _time(moment, clock.when(local(moment), _clock_now(context)), css)) or ""


@register.simple_tag(takes_context=True)
def overdue(context: Context, due: datetime | None) -> str:
    """ "Overdue 2 days", or nothing when it is not."""
    return clock.overdue(due, _clock_now(context)) if due else ""


@register.simple_tag(takes_context=True)
def hour(context: Context, moment: datetime | None) -> SafeString | str:
    """Hours and minutes, with the day unless that is today: "07:41", "Tue 07:41", "3 Sep, 07:41"."""
    return _time(moment, durations.since(local(moment), _clock_now(context))) if moment else ""


@register.simple_tag(takes_context=True)
def stamp(context: Context, moment: datetime | None) -> SafeString | str:
    """Day and hour: "Today, 10:42", "12 Nov, 10:42"."""
    if moment is None:
        return ""
    here = local(moment)
    return _time(moment, f"{_day(here, _clock_now(context))}, {here:%H:%M}")


def _day(here: datetime, now: datetime) -> str:
    day, today = here.date(), now.date()
    return {0: "Today", 1: "Yesterday"}.get((today - day).days) or clock.calendar_day(day, today)


@register.simple_tag(takes_context=True)
def day(context: Context, moment: datetime) -> SafeString | str:
    """Just the day: "Today", "Yesterday", "12 Nov"."""
    return _time(moment, _day(local(moment), _clock_now(context)))


@register.simple_tag(takes_context=True)
def day_ahead(context: Context, moment: datetime) -> SafeString | str:
    """Just the day, with its name: "Today", "Tomorrow", "Mon 16 Nov"."""
    here = local(moment)
    return _time(moment, clock.day_heading(here.date(), _clock_now(context).date())[0])


@register.simple_tag
def timed(moment: datetime, words: str) -> SafeString | str:
    """The given words as a time, the exact one on hover."""
    return _time(moment, words)


@register.filter
def span(start: datetime, end: datetime | None) -> str:
    """From when to when, in the reader's zone."""
    return clock.span(local(start), local(end) if end else None)


@register.filter
def same_day(one: datetime, other: datetime) -> bool:
    """Whether two moments are of one day in the reader's zone."""
    return local(one).date() == local(other).date()


@register.filter
def breakable(address: str) -> SafeString:
    """An address that may break after its @ or //. What follows stays in one line that has room for it, and breaks
    before a dot in any other, rather than inside a word."""
    name, at, host = re.split(r"(@|//|\Z)", address, maxsplit=1)
    if not host:
        return format_html("{}", address)
    parts = format_html_join(SafeString("<wbr>"), "{}", ((part,) for part in re.split(r"(?=\.)", host) if part))
    return format_html('{}<wbr><span class="in-one">{}</span>', name + at, parts)


@register.filter
def plain(number: int | None) -> str:
    """A number as digits only, for ids and attributes, where a thousands separator would be wrong."""
    return "" if number is None else str(number)


@register.filter
def styled(field: BoundField, is_first: bool | str = False) -> SafeString:
    """A form field's widget with the product's class, its errors announced; the first of a page has the focus."""
    is_check = isinstance(field.field.widget, CheckboxInput)
    # Every field has a visible label; allauth's placeholders only repeat it.
    attrs: dict[str, Any] = {"class": "checkbox" if is_check else "input", "placeholder": False}
    if is_first:
        attrs["autofocus"] = True
    return field.as_widget(attrs=attrs)
