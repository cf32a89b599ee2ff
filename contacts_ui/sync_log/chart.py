"""Draws how many changes came in per hour or day, failed records beside them, as one inline SVG. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from contacts_ui.components.drawn import drawn

HEIGHT = 72
# One bar that is so many times the next one, as a first sync is, is cut: the others would be lines.
FAR, ABOVE = 4, 1.5
SLOT = 10  # one bar's place in the drawing's own units; the page stretches it to its width
LABELS = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour or day: `name` as the axis says it, `full` as a sentence says it."""

    name: str
    full: str
    changes: int
    failed: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars, oldest first."""

    unit: str
    bars: tuple[Bar, ...]
    words: str = ""  # of its period

    @property
    def html(self) -> SafeString:
        """The drawing with its heading and its axis."""
        return drawn("contacts_ui/sync_log/_chart.html", self)

    @property
    def peak(self) -> Bar | None:
        """The busiest bar, None when nothing came in."""
        busiest = max(self.bars, key=lambda bar: bar.changes)
        return busiest if busiest.changes else None

    @property
    def scale(self) -> int:
        """What a bar of full height stands for."""
        heights = sorted((max(bar.changes, bar.failed) for bar in self.bars), reverse=True)
        highest, others = heights[0], [height for height in heights[1:] if height]
        is_far = bool(others) and highest > FAR * others[0]
        return max(1, round(ABOVE * others[0]) if is_far else highest)

    @property
    def is_cut(self) -> bool:
        """Whether one bar is higher than there is room."""
        return any(max(bar.changes, bar.failed) > self.scale for bar in self.bars)

    @property
    def has_failed(self) -> bool:
        return any(bar.failed for bar in self.bars)

    @property
    def axis(self) -> list[str]:
        """A name for each bar's place, empty where it would crowd its neighbours."""
        every = max(1, -(-len(self.bars) // LABELS))
        return ["" if place % every else bar.name for place, bar in enumerate(self.bars)]

    @property
    def svg(self) -> SafeString:
        """The drawing, with words for each bar; figures in words stand above it on the page."""
        scale = self.scale
        parts = format_html_join("", "{}", ((_drawn(bar, n * SLOT, scale),) for n, bar in enumerate(self.bars)))
        return format_html(
            '<svg class="chart__bars" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
            str(len(self.bars) * SLOT),
            str(HEIGHT),
            parts,
        )


def slots(now: datetime, length: timedelta) -> tuple[str, list[datetime]]:
    """The unit and the starts of its hours or days up to `now`, in the zone of `now`, oldest first.

    Whole hours and days: the first one begins up to one of them later than the period itself.
    """
    if length <= timedelta(days=1):
        top = now.replace(minute=0, second=0, microsecond=0)
        hours = (top.timestamp() - 3600 * back for back in reversed(range(24)))
        # Counted on the clock of UTC: on the day the clocks change an hour is missing or there twice.
        return "hour", [datetime.fromtimestamp(hour, now.tzinfo) for hour in hours]
    top = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return "day", [top - timedelta(days=back) for back in reversed(range(length.days))]


def chart_of(
    unit: str, starts: Sequence[datetime], counts: Mapping[float, tuple[int, int]], words: str = ""
) -> Chart:
    """The chart of (changes, failed) by the timestamp at which their slot starts; what is missing is zero."""
    bars = []
    for start in starts:
        changes, failed = counts.get(start.timestamp(), (0, 0))
        day = f"{start:%a} {start.day} {start:%b}"
        name = f"{start:%H:%M}" if unit == "hour" else f"{start.day} {start:%b}"
        bars.append(Bar(name, f"at {start:%H:%M}" if unit == "hour" else f"on {day}", changes, failed))
    return Chart(unit, tuple(bars), words)


def _drawn(bar: Bar, left: int, scale: int) -> SafeString:
    words = f"{bar.changes:,} changed, {bar.failed:,} failed {bar.full}"
    # The clear field behind the bars makes the whole place answer to the pointer.
    parts = format_html('<rect class="chart__place" x="{}" y="0" width="10" height="72"/>', str(left))
    parts += _rect("chart__changed", left + 1.2, 4.6 if bar.failed else 7.6, bar.changes, scale)
    parts += _rect("chart__failed", left + 6.2, 2.6, bar.failed, scale)
    if max(bar.changes, bar.failed) > scale:
        parts += format_html('<rect class="chart__cut" x="{}" y="8" width="10" height="3"/>', str(left))
    return format_html("<g><title>{}</title>{}</g>", words, parts)


def _rect(css: str, left: float, width: float, value: int, scale: int) -> SafeString:
    if not value:
        return SafeString("")
    tall = max(1.5, HEIGHT * min(1, value / scale))
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
        css,
        f"{left:.1f}",
        f"{HEIGHT - tall:.1f}",
        f"{width:.1f}",
        f"{tall:.1f}",
    )
