"""Where a person may go from the frame of every page."""

from dataclasses import dataclass
from functools import cache

from django.urls import NoReverseMatch, reverse

from contacts_ui.shell import access
from contacts_ui.shell.http import MemberRequest

CHANGES, CONFLICTS = "contacts_ui:changes", "contacts_ui:conflicts"
# What waits behind a link: the id of its number, and what it counts. Each thing is counted once.
COUNTED = {CHANGES: ("changes-count", "not saved"), CONFLICTS: ("conflicts-count", "to settle")}
# Pages that a link leads to, though their addresses do not begin with its own.
BESIDE = {"contacts_ui:contact-list": "/businesses/", "contacts_ui:connection-list": "/integrations/"}


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the navigation; `short` is its name where there is little room, "" where it has none there.

    `count` is what waits there, in an element of `count_id` that says `counts`; `short_count` is that of its short
    name, which stands for pages without one as well.
    """

    name: str
    url: str
    icon: str
    short: str
    is_here: bool
    count: int | None = None
    count_id: str = ""
    counts: str = ""
    short_count: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    links: tuple[Link, ...]


def groups_of(request: MemberRequest) -> tuple[Group, ...]:
    """The pages that the person may open, those of the workspace apart."""
    everybody = [
        ("Contacts", "contacts_ui:contact-list", "users", "Contacts"),
        ("Your changes", CHANGES, "list-checks", "Changes"),
        ("Conflicts", CONFLICTS, "git-merge", ""),
    ]
    pages = _links(request, everybody)
    if not access.may_oversee(request):
        return (Group("", pages),)
    overseen = [
        ("Connections", "contacts_ui:connection-list", "plug", "Connections"),
        ("Sync log", "contacts_ui:sync-log", "activity", "Sync"),
    ]
    return Group("", pages), Group("Workspace", _links(request, overseen))


def _links(request: MemberRequest, pages: list[tuple[str, str, str, str]]) -> tuple[Link, ...]:
    links = []
    for name, view, icon_name, short in pages:
        url = _address(view)
        if not url:  # a page that this installation does not have is not offered
            continue
        is_here = _is_here(request.path, url) or _is_here(request.path_info, BESIDE.get(view, url))
        known = (is_here, _count(request, view), *COUNTED.get(view, ("", "")))
        links.append(Link(name, url, icon_name, short, *known, short_count(request) if view == CHANGES else None))
    return tuple(links)


def _count(request: MemberRequest, view: str) -> int | None:
    asked = {CHANGES: access.unsettled, CONFLICTS: access.crossed}.get(view)
    return asked(request) if asked else None


def short_count(request: MemberRequest) -> int:
    """What waits behind the one short link that leads to changes and to conflicts."""
    return access.unsettled(request) + access.crossed(request)


@cache
def _address(view: str) -> str:
    try:
        return reverse(view)
    except NoReverseMatch:
        return ""


def _is_here(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))
