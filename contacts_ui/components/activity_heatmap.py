"""Draws a contact's last year: months across and weeks down, or one row of the last 26 weeks."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache, lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

CELL, TALL, GAP, MONTHS, WEEKS = 14, 9, 3, 12, 26
KEPT = 1000  # drawings
type Days = tuple[tuple[date, int], ...]
LEVELS = (1, 2, 4, 7)  # items in a week from which the next darker step begins


def months(per_day: Mapping[date, int], today: date) -> SafeString:
    """Twelve columns of five cells; a cell is a week of its month. Each column has its sentence."""
    return _months(tuple(per_day.items()), today)


def weeks(per_day: Mapping[date, int], today: date) -> SafeString:
    """One row of 26 cells, the current week last."""
    return _weeks(tuple(per_day.items()), today)


@lru_cache(maxsize=KEPT)
def _months(days: Days, today: date) -> SafeString:
    per_day = dict(days)
    firsts = _last_months(today)
    columns = [_column(place, first, per_day) for place, first in enumerate(firsts)]
    width, height = MONTHS * (CELL + GAP) - GAP, 5 * (TALL + GAP) + 11
    return format_html(
        '<svg class="heat" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        width, height, _sentence(firsts, per_day), format_html_join("", "{}", ((column,) for column in columns)),
    )  # fmt: skip


@lru_cache(maxsize=KEPT)
def _weeks(days: Days, today: date) -> SafeString:
    counts = [0] * WEEKS
    for day, count in days:
        back = (today - day).days // 7
        if 0 <= back < WEEKS:
            counts[WEEKS - 1 - back] += count
    cells = format_html_join(
        "",
        '<rect class="heat-{}" x="{}" y="0" width="10" height="12" rx="2"/>',
        ((level(count), 12 * place) for place, count in enumerate(counts)),
    )
    words = f"{sum(counts):,} items in 26 weeks"
    return format_html(
        '<svg viewBox="0 0 {} 12" width="{}" height="12" role="img" aria-label="{}">{}</svg>',
        12 * WEEKS - 2, 12 * WEEKS - 2, words, cells,
    )  # fmt: skip


@cache
def key() -> SafeString:
    """What the shades stand for, from the lightest to the darkest."""
    cells = format_html_join(
        "", '<rect class="heat-{}" x="{}" y="0" width="10" height="10" rx="2"/>', ((n, 12 * n) for n in range(5))
    )
    words = f"From none to {LEVELS[-1]} items or more in a week"
    return format_html(
        '<span class="heat-key__scale" title="{}">Less<svg viewBox="0 0 58 10" width="58" height="10" '
        'aria-hidden="true">{}</svg>More</span>',
        words, cells,
    )  # fmt: skip


def level(count: int) -> int:
    """How dark a cell is, 0 to 4."""
    return sum(count >= step for step in LEVELS)


def _last_months(today: date) -> list[date]:
    first, found = today.replace(day=1), []
    for _ in range(MONTHS):
        found.append(first)
        first = (first - timedelta(days=1)).replace(day=1)
    return found[::-1]


def _column(place: int, first: date, per_day: Mapping[date, int]) -> SafeString:
    counts = [0] * 5
    for day, count in per_day.items():
        if (day.year, day.month) == (first.year, first.month):
            counts[(day.day - 1) // 7] += count
    x = place * (CELL + GAP)
    cells = format_html_join(
        "",
        '<rect class="heat-{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>',
        ((level(count), x, week * (TALL + GAP), CELL, TALL) for week, count in enumerate(counts)),
    )
    words = f"{first:%B %Y}: {sum(counts):,} items"
    return format_html(
        '<g><title>{}</title>{}<text x="{}" y="{}" text-anchor="middle">{}</text></g>',
        words, cells, x + CELL // 2, 5 * (TALL + GAP) + 9, f"{first:%b}"[0],
    )  # fmt: skip


def _sentence(firsts: list[date], per_day: Mapping[date, int]) -> str:
    inside = {(first.year, first.month) for first in firsts}
    total = sum(count for day, count in per_day.items() if (day.year, day.month) in inside)
    return f"{total:,} items in the last 12 months"
