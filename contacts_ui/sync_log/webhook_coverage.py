"""How many of a week's changes came with a webhook: a share, a bar a day, and the worst day in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from contacts_ui.components.drawn import drawn
from contacts_ui.sync_log.accounts import Account
from integrations.sync.health import coverage

DAYS = 7
# Below this a day stands out: a few changes always slip through between two readings.
FINE = 95.0
# A bar starts at this share: between 90 and 100 lies all that matters.
FLOOR = 80.0
HEIGHT, SLOT, WIDTH = 28, 40, 36


@dataclass(frozen=True, slots=True)
class Day:
    """The changes of one day. One without any has no share and no bar."""

    day: date
    announced: int = 0
    unannounced: int = 0

    @property
    def changes(self) -> int:
        return self.announced + self.unannounced

    @property
    def share(self) -> float | None:
        """Percent that came with a webhook."""
        return 100 * self.announced / self.changes if self.changes else None

    @property
    def is_low(self) -> bool:
        return self.share is not None and self.share < FINE


@dataclass(frozen=True, slots=True)
class WebhookCoverage:
    """A week of days, oldest first, the last one being today."""

    days: tuple[Day, ...]

    @property
    def html(self) -> SafeString:
        """The share, the bars and the lowest day."""
        return drawn("contacts_ui/sync_log/_webhook_coverage.html", self)

    @property
    def whole(self) -> Day:
        """All days as one."""
        counts = [(day.announced, day.unannounced) for day in self.days]
        announced, unannounced = (sum(column) for column in zip(*counts, strict=True))
        return Day(self.days[-1].day, announced, unannounced)

    @property
    def words(self) -> str:
        """The share as a figure: never rounded up to a hundred."""
        return percent(self.whole)

    @property
    def worst(self) -> Day | None:
        """The lowest day, if one stands out."""
        low = [day for day in self.days if day.is_low]
        return min(low, key=lambda day: day.share or 0.0, default=None)

    @property
    def worst_words(self) -> str:
        """What happened on the lowest day, in a sentence each for the fall and its repair."""
        worst = self.worst
        if worst is None:
            return ""
        name = "Today" if worst is self.days[-1] else f"{worst.day:%A}"
        found = "the missing one" if worst.unannounced == 1 else f"all {worst.unannounced:,}"
        return f"{name} fell to {percent(worst)}. The next sync found {found}."

    @property
    def svg(self) -> SafeString:
        """A bar a day; the figures in words stand above it on the page."""
        drawn = format_html_join("", "{}", ((_bar(day, n * SLOT),) for n, day in enumerate(self.days)))
        return format_html(
            '<svg class="coverage__bars" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">'
            "{}</svg>",
            str(DAYS * SLOT - (SLOT - WIDTH)),
            str(HEIGHT),
            drawn,
        )


def percent(day: Day) -> str:
    """98.2%; a hundred only when nothing was missed."""
    share = day.share or 0.0
    return "100%" if not day.unannounced else f"{min(share, 99.9):.1f}%"


def coverage_of(accounts: Sequence[Account], now: datetime) -> WebhookCoverage | None:
    """The last week of the accounts together, None where no webhook has ever arrived. One query.

    An account that hears no changes is left out, and so are the days before the first webhook came. Days are those
    of the accounts' own zones, so that "today" may have begun somewhere else before it has for the reader.
    """
    hearing = {a.connection: a.workspace for a in accounts if a.connection and a.status and a.status.hears_changes}
    if not hearing:
        return None
    today = max(now.astimezone(ZoneInfo(workspace.timezone)).date() for workspace in hearing.values())
    first_day = today - timedelta(days=DAYS - 1)
    counts: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for day, announced, unannounced in coverage.days(hearing, first_day, today):
        counts[day][0] += announced
        counts[day][1] += unannounced
    if not counts:
        return None
    days = [first_day + timedelta(days=number) for number in range(DAYS)]
    return WebhookCoverage(tuple(Day(day, *counts.get(day, (0, 0))) for day in days))


def _bar(day: Day, left: int) -> SafeString:
    if day.share is None:
        tall, css, words = 2.0, "coverage__none", "no changes"
    else:
        tall = max(4.0, HEIGHT * (day.share - FLOOR) / (100 - FLOOR))
        css = "coverage__low" if day.is_low else "coverage__day"
        words = f"{percent(day)}, {day.unannounced:,} of {day.changes:,} without a webhook"
    return format_html(
        '<g><title>{}: {}</title><rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="2"/></g>',
        f"{day.day:%A}",
        words,
        css,
        str(left),
        f"{HEIGHT - tall:.1f}",
        str(WIDTH),
        f"{tall:.1f}",
    )
