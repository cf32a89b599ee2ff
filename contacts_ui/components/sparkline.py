"""Draws counts over time as small SVG pictures with a sentence for those who cannot see them."""

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString

WIDTH, HEIGHT, BAR, STEP = 72, 18, 4, 6


def bars(counts: Sequence[int]) -> SafeString:
    """Twelve bars, the latest two in the accent. A quiet row stays low: four items are the least full height."""
    highest = max(4, *counts)
    heights = [max(2, round(HEIGHT * count / highest)) if count else 0 for count in counts]
    older, latest = _path(heights, range(len(heights) - 2)), _path(heights, range(len(heights) - 2, len(heights)))
    quiet = "".join(f"M{STEP * place} {HEIGHT}h{BAR}" for place, height in enumerate(heights) if not height)
    return format_html(
        '<svg class="spark" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" aria-label="{words}">'
        '<path class="spark__quiet" d="{quiet}"/><path class="spark__older" d="{older}"/>'
        '<path class="spark__latest" d="{latest}"/></svg>',
        w=WIDTH, h=HEIGHT, words=_words(counts), quiet=quiet, older=older, latest=latest,
    )  # fmt: skip


def _path(heights: Sequence[int], places: range) -> str:
    return "".join(
        f"M{STEP * place} {HEIGHT}v-{heights[place]}h{BAR}v{heights[place]}z" for place in places if heights[place]
    )


def _words(counts: Sequence[int]) -> str:
    total, recent = sum(counts), sum(counts[-2:])
    return f"{total:,} items in 12 weeks, {recent:,} of them in the last two" if total else "Nothing in 12 weeks"
