"""Draws one row of the contact list as HTML. Pure; what repeats from row to row and view to view is drawn once.

Written out here and in no template, whose engine took longer for fifty rows of fifteen values than the queries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from html import escape

from django.utils.safestring import SafeString

from contacts_ui.components import sparkline
from contacts_ui.components.owners import Person
from contacts_ui.components.priority import mark_of
from contacts_ui.formatting import avatars, clock
from contacts_ui.templatetags.display import icon
from integrations.activity.beside import MOST_LATE, NextStep
from integrations.activity.markup import highlight

# The tag column of static/css/contacts.css in pixels: its room, a letter, what a tag and "+4" need around them.
TAG_ROOM, LETTER, TAG_FRAME, MORE_FRAME = 164, 6.8, 18, 34
MOST_NAMED = 40  # tags in the words that show while the pointer rests on them
NO_OWNER = '<span class="muted">No owner</span>'
NONE_YET = '<span class="muted">None yet</span>'
NO_NEXT = '<span class="muted">No next step</span>'

_bars = lru_cache(maxsize=4096)(sparkline.bars)


@dataclass(frozen=True, slots=True)
class Row:
    """What one row shows; `code` tells accounts apart where there are several; `firm_url` is the
    page of its business, where that is known."""

    pk: int
    url: str
    name: str
    business: str
    owner: Person | None
    tags: tuple[str, ...]
    weeks: tuple[int, ...]
    last_activity_at: datetime | None
    next_step: NextStep | None
    late: int
    code: str
    firm_url: str = ""


def draw(row: Row, query: str, now: datetime) -> SafeString:
    """The row with hits of `query` marked, times beside `now` and in its zone."""
    name, business = escape(row.name), escape(row.business)
    tint, letters = avatars.tint(row.pk), _letters(row.name)
    avatar = f'<span class="avatar avatar--row tint-{tint}" aria-hidden="true">{letters}</span>'
    last = _ago(row.last_activity_at, now) if row.last_activity_at else NONE_YET
    step = _next(row.next_step, row.late, now) if row.next_step else NO_NEXT
    return SafeString(
        f'<tr class="person" role="row" id="contact-{row.pk}" data-row>'
        f'<th class="people__name" role="rowheader" scope="row">'
        f'<input type="checkbox" class="checkbox pick" form="bulk" name="contact" value="{row.pk}" '
        f'aria-label="Select {name}" data-pick>{avatar} '
        f'<a class="person__link clip" href="{row.url}" title="{name}">'
        f"<bdi>{highlight(row.name, query) if query else name}</bdi></a>{_code(row.code)}</th>"
        f'<td class="people__firm clip soft" role="cell" title="{business}">'
        f"{_firm(row, business, query)}</td>"
        f'<td class="people__owner" role="cell">{_owner(row.owner) if row.owner else NO_OWNER}</td>'
        f'<td class="people__tags" role="cell">{_tags(row.tags) if row.tags else ""}</td>'
        f'<td class="people__weeks" role="cell">{_bars(row.weeks)}</td>'
        f'<td class="people__last soft" role="cell">{last}</td>'
        f'<td class="people__next" role="cell">{step}</td></tr>\n'
    )


def _firm(row: Row, business: str, query: str) -> str:
    words = f"<bdi>{highlight(row.business, query) if query else business}</bdi>"
    return (
        f'<a class="people__firm-link" href="{row.firm_url}" tabindex="-1">{words}</a>' if row.firm_url else words
    )


def _code(code: str) -> str:
    if not code:
        return ""
    return f' <span class="key person__code" title="Account {escape(code)}">{escape(code[:1])}</span>'


@lru_cache(maxsize=4096)
def _letters(name: str) -> str:
    return escape(avatars.initials(name))


@lru_cache(maxsize=1024)
def _owner(owner: Person) -> str:
    name, letters = escape(owner.name), _letters(owner.name)
    avatar = (
        f'<span class="avatar avatar--18 tint-{avatars.tint(owner.remote_id)}" aria-hidden="true">{letters}</span>'
    )
    return f'<span class="who">{avatar} <span class="clip soft" title="{name}">{name}</span></span>'


@lru_cache(maxsize=4096)
def _tags(names: tuple[str, ...]) -> str:
    """The first tag, the second where the column has room for both whole, and how many more there are."""
    shown = _tags_that_fit(names)
    tags = [f'<span class="tag"><span>{escape(name)}</span></span>' for name in names[:shown]]
    if names[shown:]:
        tags.append(f'<span class="tag tag--more">+{len(names) - shown:,}</span>')
    title = escape(", ".join(names[:MOST_NAMED]))
    return f'<span class="tags tags--line" title="{title}">{" ".join(tags)}</span>'


def _tags_that_fit(names: Sequence[str]) -> int:
    """0, 1 or 2. Letters are counted, not measured: a guess on the wide side, and the style cuts what is wider."""
    if len(names) < 2:
        return len(names)
    width = sum(TAG_FRAME + LETTER * len(name) for name in names[:2])
    return 2 if width + (MORE_FRAME if len(names) > 2 else 0) <= TAG_ROOM else 1


def _next(step: NextStep, late: int, now: datetime) -> str:
    """What comes next and how much is overdue beside it; where nothing comes, what was due last.

    A task has the id of its row, in whose place static/js/next.js puts it once something is done about it.
    """
    title = escape(step.title)
    meeting = f'<span class="next__icon">{icon("calendar", 14)}</span> '
    kind = meeting if step.is_appointment else mark_of(step.priority)
    words = f'<span class="clip" title="{title}">{title}</span>'
    task = f' id="task-{step.task}"' if step.task else ""
    return f'<span class="next"{task}>{kind}{words}{_due(step, now)}{_late(step, late, now)}</span>'


def _due(step: NextStep, now: datetime) -> str:
    if step.at is None or step.is_overdue:
        return ""
    here, opening = _opening(step.at, now.tzinfo)
    return f' {opening} class="small muted">{clock.when(here, now)}</time>'


def _late(step: NextStep, late: int, now: datetime) -> str:
    if not late:
        return ""
    count = f"{MOST_LATE - 1}+" if late >= MOST_LATE else str(late)
    words = f'{count}<span class="next__word"> overdue</span>'
    if step.at and step.is_overdue and late == 1:
        words = f"{_opening(step.at, now.tzinfo)[1]}>{clock.overdue(step.at, now)}</time>"
    return f' <span class="badge badge--error">{icon("clock-alert", 12)} {words}</span>'


def _ago(moment: datetime, now: datetime) -> str:
    here, opening = _opening(moment, now.tzinfo)
    return f"{opening}>{clock.ago(here, now)}</time>"


@lru_cache(maxsize=8192)
def _opening(moment: datetime, zone: tzinfo | None) -> tuple[datetime, str]:
    """A moment in the reader's zone, and its tag with the exact time, not closed yet."""
    try:
        here = moment.astimezone(zone)
    except (OverflowError, ValueError):  # the ends of the calendar, where that zone has no date for it
        here = moment.astimezone(UTC)
    stamp, exact = here.isoformat(timespec="seconds"), escape(clock.exact(here))
    return here, f'<time datetime="{stamp}" title="{exact}"'
